"""Numbers from PyTorch that the tests compare with: optimizers, nn.GRU, nn.LSTM, and other cells written
as their equations are printed.

Everything is computed in double precision. Written with PyTorch 2.13.

    python -m venv venv && venv/bin/pip install numpy torch
    venv/bin/python generate.py
"""

import json
import math
import pathlib

import torch

HERE = pathlib.Path(__file__).parent
torch.set_default_dtype(torch.float64)


def write(name, value):
    (HERE / f"{name}.json").write_text(json.dumps(value) + "\n")


def numbers(shape, scale, generator):
    """Random numbers that are exact in single precision."""
    return rounded(scale * torch.randn(shape, generator=generator))


def rounded(values):
    """The nearest numbers in single precision."""
    return values.to(torch.float32).to(torch.float64)


def optimizers():
    generator = torch.Generator().manual_seed(1)
    count, steps = 19, 12
    initial = numbers(count, 1.0, generator)
    gradients = numbers((steps, count), 1.0, generator)
    gradients[:, 0] = 0  # a parameter without a gradient
    gradients[:, 1] *= 1e-3
    gradients[:, 2] *= 1e3
    gradients = rounded(gradients)
    rules = {
        "adam": lambda p: torch.optim.Adam(p, lr=0.01),
        "adamBetas": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.5, 0.9), eps=1e-3),
        "adamW": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        "rmsProp": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-6),
        "rmsPropMomentum": lambda p: torch.optim.RMSprop(p, lr=0.01, momentum=0.9),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
        "sgdMomentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    }
    results = {}
    for name, make in rules.items():
        parameter = torch.nn.Parameter(initial.clone())
        optimizer = make([parameter])
        results[name] = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            results[name].append(parameter.detach().tolist())
    clipped = torch.nn.Parameter(initial.clone())
    clipped.grad = gradients[3].clone()
    norm = torch.nn.utils.clip_grad_norm_([clipped], 1.5)
    write(
        "optimizers",
        {
            "initial": initial.tolist(),
            "gradients": gradients.tolist(),
            "parameters": results,
            "clipping": {"limit": 1.5, "norm": norm.item(), "gradient": clipped.grad.tolist()},
        },
    )


def recurrent():
    generator = torch.Generator().manual_seed(2)
    inputs, size, rows, steps = 3, 5, 4, 7
    results = {}
    for name, kind in [("gru", torch.nn.GRU), ("lstm", torch.nn.LSTM)]:
        cell = kind(inputs, size)
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.copy_(numbers(parameter.shape, 0.6, generator))
        x = numbers((steps, rows, inputs), 1.0, generator).requires_grad_()
        initial = [
            numbers((1, rows, size), 0.5, generator).requires_grad_()
            for _ in range(1 if name == "gru" else 2)
        ]
        weighting = numbers((steps, rows, size), 1.0, generator)
        output, _ = cell(x, initial[0] if name == "gru" else tuple(initial))
        (output * weighting).sum().backward()
        results[name] = {
            "rows": rows,
            "steps": steps,
            "inputSize": inputs,
            "size": size,
            "parameters": {key: value.tolist() for key, value in cell.named_parameters()},
            "input": x.detach().flatten(1).tolist(),
            "initial": [state.detach().flatten().tolist() for state in initial],
            "weighting": weighting.flatten(1).tolist(),
            "output": output.detach().flatten(1).tolist(),
            "gradients": {key: value.grad.tolist() for key, value in cell.named_parameters()},
            "inputGradient": x.grad.flatten(1).tolist(),
            "initialGradient": [state.grad.flatten().tolist() for state in initial],
        }
    write("recurrent", results)


class Gate(torch.autograd.Function):
    """H(u) with the derivative 1 / (1 + k |u|)^2, or that of the logistic function at k u."""

    @staticmethod
    def forward(ctx, u, k, rational):
        ctx.save_for_backward(u)
        ctx.k, ctx.rational = k, rational
        return (u > 0).to(u.dtype)

    @staticmethod
    def backward(ctx, g):
        (u,) = ctx.saved_tensors
        if ctx.rational:
            return g / (1 + ctx.k * u.abs()) ** 2, None, None
        p = torch.sigmoid(ctx.k * u)
        return g * p * (1 - p), None, None


class Sign(torch.autograd.Function):
    """sign(c), 1 at 0, with the derivative 1 / (1 + |c|)^2, or sech^2 c."""

    @staticmethod
    def forward(ctx, c, rational):
        ctx.save_for_backward(c)
        ctx.rational = rational
        return torch.where(c < 0, -1.0, 1.0)

    @staticmethod
    def backward(ctx, g):
        (c,) = ctx.saved_tensors
        return (g / (1 + c.abs()) ** 2 if ctx.rational else g / torch.cosh(c) ** 2), None


class Spike(torch.autograd.Function):
    """max(h, 0) with the derivative 1."""

    @staticmethod
    def forward(ctx, h):
        return h.clamp(min=0)

    @staticmethod
    def backward(ctx, g):
        return g


def brc(p, x, h):
    a_in, c_in = (x @ p["inputGates"]).chunk(2, -1)
    (wa, wc), (ba, bc) = p["recurrentGates"].chunk(2), p["gateBias"].chunk(2)
    a = 1 + torch.tanh(a_in + wa * h + ba)
    c = torch.sigmoid(c_in + wc * h + bc)
    h = c * h + (1 - c) * torch.tanh(x @ p["inputCandidate"] + a * h + p["candidateBias"])
    return h, h


def nbrc(p, x, h):
    a, c = (x @ p["inputGates"] + h @ p["recurrentGates"] + p["gateBias"]).chunk(2, -1)
    a, c = 1 + torch.tanh(a), torch.sigmoid(c)
    h = c * h + (1 - c) * torch.tanh(x @ p["inputCandidate"] + a * h + p["candidateBias"])
    return h, h


def mgu(p, x, h):
    f = torch.sigmoid(x @ p["inputGate"] + h @ p["recurrentGate"] + p["biasGate"])
    n = torch.tanh(
        x @ p["inputCandidate"] + (f * h) @ p["recurrentCandidate"] + p["biasCandidate"]
    )
    h = (1 - f) * h + f * n
    return h, h


# 0.9 in single precision, as a program has its constants.
DECAY = rounded(torch.tensor(0.9)).item()


def src(slow_gate):
    def step(p, x, i, h, hs):
        h, hs = h.detach(), hs.detach()
        i = DECAY * i + x @ p["input"]
        u = 3 * torch.tanh(i / 3)
        new = torch.tanh(u + 2 * h - 7 * hs + p["bias"])
        zs = DECAY * (1 - ((new if slow_gate == "newState" else h) > 0.5).to(new.dtype))
        return Spike.apply(new), i, new, zs * hs + (1 - zs) * h

    return step


def bmru(threshold, update, gate_rational, sharpness, sign_rational):
    def step(p, x, h):
        c = x @ p["input"] + p["bias"]
        beta = p["threshold"] + (x @ p["inputThreshold"] if threshold == "input" else 0)
        z = Gate.apply(c.abs() - beta.abs(), sharpness, gate_rational)
        s = p["amplitude"] * Sign.apply(c, sign_rational)
        h = z * s + (1 - z) * h if update == "replace" else h + z * s
        return h, h

    return step


def lru(p, x, real, imaginary):
    n = real.shape[-1]
    lam = torch.exp(torch.complex(-torch.exp(p["nu"]), torch.exp(p["theta"])))
    gamma = torch.sqrt(1 - lam.abs() ** 2)
    b = torch.complex(p["input"][:, :n], p["input"][:, n:])
    c = torch.complex(p["output"][:n], -p["output"][n:])
    s = lam * torch.complex(real, imaginary) + gamma * (x.to(b.dtype) @ b)
    d = p["skip"]
    y = (s @ c).real + (d * x if d.dim() == 1 else x @ d)
    return y, s.real, s.imag


def cells():
    generator = torch.Generator().manual_seed(3)
    rows, steps = 2, 7
    results = {}

    def add(name, options, step, inputs, size, states, shapes, change=None):
        p = {key: numbers(shape, 0.7, generator) for key, shape in shapes.items()}
        if change:
            change(p)
        p = {key: rounded(value).requires_grad_() for key, value in p.items()}
        x = numbers((steps, rows, inputs), 1.0, generator).requires_grad_()
        initial = [numbers((rows, n), 0.5, generator).requires_grad_() for n in states]
        weighting = numbers((steps, rows, size), 1.0, generator)
        outputs, memory = [], initial
        for t in range(steps):
            y, *memory = step(p, x[t], *memory)
            outputs.append(y)
        output = torch.stack(outputs)
        (output * weighting).sum().backward()
        results[name] = {
            "cell": json.dumps(options),
            "rows": rows,
            "steps": steps,
            "inputSize": inputs,
            "size": size,
            "parameters": {key: value.tolist() for key, value in p.items()},
            "input": x.detach().flatten(1).tolist(),
            "initial": [state.detach().flatten().tolist() for state in initial],
            "weighting": weighting.flatten(1).tolist(),
            "output": output.detach().flatten(1).tolist(),
            "gradients": {key: value.grad.tolist() for key, value in p.items()},
            "inputGradient": x.grad.flatten(1).tolist(),
            "initialGradient": [
                (torch.zeros_like(s) if s.grad is None else s.grad).flatten().tolist()
                for s in initial
            ],
        }

    d, n = 3, 5
    gated = {"inputGates": (d, 2 * n), "gateBias": 2 * n, "inputCandidate": (d, n)}
    bias = {"candidateBias": n}
    add("brc", {"name": "brc", "candidateBias": True}, brc, d, n, [n],
        {**gated, "recurrentGates": 2 * n, **bias})
    add("nbrc", {"name": "nbrc", "candidateBias": True}, nbrc, d, n, [n],
        {**gated, "recurrentGates": (n, 2 * n), **bias})
    add("mgu", "mgu", mgu, d, n, [n], {
        "inputGate": (d, n), "recurrentGate": (n, n), "biasGate": n,
        "inputCandidate": (d, n), "recurrentCandidate": (n, n), "biasCandidate": n,
    })

    def strong(p):
        p["input"] *= 6
        p["bias"] = -4 - 0.5 * p["bias"].abs()

    for gate in ["newState", "previousState"]:
        add(f"src {gate}", {"name": "src", "slowGate": gate}, src(gate), d, n, [n, n, n],
            {"input": (d, n), "bias": n}, strong)

    def positive(p):
        p["amplitude"] = p["amplitude"].abs()

    hysteresis = {"input": (d, n), "bias": n, "threshold": n, "amplitude": n}
    add("bmru", "bmru", bmru("learned", "replace", True, 2, True), d, n, [n], hysteresis, positive)
    add("bmru cumulating", {
        "name": "bmru", "threshold": "input", "update": "cumulate", "gateSurrogate": "sigmoid",
        "sharpness": 1.5, "signSurrogate": "hyperbolic",
    }, bmru("input", "cumulate", False, 1.5, False), d, n, [n],
        {**hysteresis, "inputThreshold": (d, n)}, positive)

    def slow(p):
        p["nu"] -= 1

    for name, inputs, skip in [("lru", 3, (3, 5)), ("lru equal widths", 5, 5)]:
        add(name, {"name": "lru", "states": 4}, lru, inputs, n, [4, 4], {
            "input": (inputs, 8), "nu": 4, "theta": 4, "output": (8, n), "skip": skip,
        }, slow)
    write("cells", results)


def spiking_rates():
    """Steps above 1/2, and how often they begin, of one spiking recurrent cell under constant input in
    2000 steps from zero; and the inputs between which it begins to fire (more than twice)."""

    def simulate(slow_gate, x, bias, steps=2000):
        h = hs = 0.0
        spikes, onsets, above = 0, 0, False
        for _ in range(steps):
            new = math.tanh(x + 2 * h - 7 * hs + bias)
            zs = 0.0 if (new if slow_gate == "newState" else h) > 0.5 else DECAY
            hs = zs * hs + (1 - zs) * h
            h = new
            spikes += h > 0.5
            onsets += h > 0.5 and not above
            above = h > 0.5
        return spikes, onsets

    results = {}
    for slow_gate in ["newState", "previousState"]:
        low, high = 0.0, 3.0
        for _ in range(20):
            middle = (low + high) / 2
            if simulate(slow_gate, middle, -6)[0] > 2:
                high = middle
            else:
                low = middle
        results[slow_gate] = {
            "threshold": [low, high],
            "curve": [[k / 8, *simulate(slow_gate, k / 8, -6)] for k in range(25)],
        }
    write("spiking", results)


optimizers()
recurrent()
cells()
spiking_rates()
