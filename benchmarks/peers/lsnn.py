"""Training steps of a recurrent network of spiking neurons (LSNN) with a linear head in PyTorch.

    python lsnn.py [--batch 64] [--length 784] [--variant best|unbind|compile]
"""

import torch
from torch import Tensor, nn

from lsnn_training import (ADAPTIVE, ALPHA, INPUTS, NEURONS, RHO, STRENGTH, THRESHOLD, chunked,
                           serve_lsnn)


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
        self.recurrent = nn.Parameter(torch.randn(NEURONS, NEURONS) / NEURONS**0.5)
        self.head = nn.Linear(NEURONS, 1)
        self.register_buffer("mask", 1 - torch.eye(NEURONS))
        strength = torch.zeros(NEURONS)
        strength[NEURONS - ADAPTIVE:] = STRENGTH
        self.register_buffer("strength", strength)
        nn.init.normal_(self.input.weight, std=1 / INPUTS**0.5)


def steps(model: Model, currents: Tensor,
          state: tuple[Tensor, ...]) -> tuple[Tensor, tuple[Tensor, ...]]:
    """The spikes of a few time steps, and the state after them."""
    z, v, b, r, recurrent = state
    spikes = []
    for current in currents.unbind():
        b = RHO * b + (1 - RHO) * z
        threshold = THRESHOLD + model.strength * b
        v = ALPHA * v + (1 - ALPHA) * torch.addmm(current, z, recurrent) - z * threshold
        z = torch.where(r > 0, 0.0, Spike.apply((v - threshold) / threshold))
        r = torch.where(z > 0, 5.0, (r - 1).clamp(min=0)).detach()
        spikes.append(z)
    return torch.stack(spikes), (z, v, b, r, recurrent)


def start(model: Model, batch: int) -> tuple[Tensor, ...]:
    """The state before the first step, and the weights."""
    zero = torch.zeros(batch, NEURONS)
    return zero, zero, zero, zero, model.recurrent * model.mask


def main() -> None:
    """Serves the workload that the arguments describe."""
    spikes = {name: chunked(steps, start, lambda model, x: model.input(x), compiled)
              for name, compiled in (("unbind", False), ("compile", True))}
    serve_lsnn(__doc__, Model, spikes)


if __name__ == "__main__":
    main()
