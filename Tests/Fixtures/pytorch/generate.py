"""Numbers from PyTorch that the tests compare with: optimizers, nn.GRU and nn.LSTM.

Everything is computed in double precision. Written with PyTorch 2.13.

    python -m venv venv && venv/bin/pip install numpy torch
    venv/bin/python generate.py
"""

import json
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


optimizers()
recurrent()
