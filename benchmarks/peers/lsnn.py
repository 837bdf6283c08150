"""Training steps of a recurrent network of spiking neurons (LSNN) with a linear head in PyTorch.

    python lsnn.py [--batch 64] [--length 784] [--variant best|unbind|compile]
"""

import argparse
from math import exp

import torch
from torch import Tensor, nn

from torch_training import CHUNK, Training
from worker import serve

INPUTS, NEURONS, ADAPTIVE, RATE = 80, 220, 100, 0.015
ALPHA, RHO = exp(-1 / 20), exp(-1 / 700)


class Spike(torch.autograd.Function):
    """A step whose derivative is a triangle."""

    @staticmethod
    def forward(ctx, v: Tensor) -> Tensor:
        """1 where the threshold is crossed."""
        ctx.save_for_backward(v)
        return (v > 0).to(v.dtype)

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        """0.3 max(0, 1 − |v|)"""
        (v,) = ctx.saved_tensors
        return g * 0.3 * (1 - v.abs()).clamp(min=0)


class Model(nn.Module):
    """The parameters, and the masks of what does not change."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Linear(INPUTS, NEURONS, bias=False)
        self.recurrent = nn.Parameter(torch.empty(NEURONS, NEURONS).uniform_(-0.1, 0.1))
        self.head = nn.Linear(NEURONS, 1)
        self.register_buffer("mask", 1 - torch.eye(NEURONS))
        strength = torch.zeros(NEURONS)
        strength[NEURONS - ADAPTIVE:] = 1.8
        self.register_buffer("strength", strength)


def chunk(projected: Tensor, state: tuple[Tensor, ...], recurrent: Tensor,
          strength: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The spikes of a few time steps, and the state after them."""
    z, v, b, r = state
    spikes = []
    for step in projected.unbind():
        b = RHO * b + (1 - RHO) * z
        threshold = 0.035 + strength * b
        v = ALPHA * v + (1 - ALPHA) * torch.addmm(step, z, recurrent) - z * threshold
        z = torch.where(r > 0, 0.0, Spike.apply((v - threshold) / threshold))
        r = torch.where(z > 0, 5.0, (r - 1).clamp(min=0)).detach()
        spikes.append(z)
    return torch.stack(spikes), (z, v, b, r)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("batch", 64), ("length", 784)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--variant", default="best")
    options = parser.parse_args()

    def variant(steps):
        def forward(model: Model, x: Tensor) -> Tensor:
            zero = x.new_zeros(x.shape[1], NEURONS)
            state, recurrent, parts = (zero,) * 4, model.recurrent * model.mask, []
            for piece in model.input(x).split(CHUNK):
                spikes, state = steps(piece, state, recurrent, model.strength)
                parts.append(spikes)
            return model.head(torch.cat(parts))

        return forward

    variants = {"unbind": variant(chunk), "compile": variant(torch.compile(chunk, dynamic=False))}
    serve(Training(Model, variants, INPUTS, options.batch, options.length, options.variant,
                   density=RATE))


if __name__ == "__main__":
    main()
