"""Training steps of a neuromodulated network in PyTorch.

A GRU reads six feedback signals; a dense ReLU layer turns its state into the modulation z; z scales
and shifts three layers of the main network, pre = (x W) (1 + z S) + b + z B, clipped to ±1. Only the
GRU is recurrent, so everything after it runs once over all steps and samples.

    python nmd.py [--batch 64] [--length 100] [--variant best|module|unbind|compile|module+compile]
"""

import argparse

import torch
from torch import Tensor, nn

from torch_training import GRUSteps, Training
from worker import serve

INPUTS, RECURRENT, MODULATION, WIDTH, LAYERS = 6, 64, 32, 64, 3


class Modulated(nn.Module):
    """One layer whose gain and bias follow z."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.main = nn.Linear(inputs, WIDTH, bias=False)
        self.scale = nn.Linear(MODULATION, WIDTH, bias=False)
        self.shift = nn.Linear(MODULATION, WIDTH)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """The clipped output."""
        return (self.main(x) * (1 + self.scale(z)) + self.shift(z)).clamp(-1, 1)


class Model(nn.Module):
    """The modulating GRU and the modulated network."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(INPUTS, RECURRENT)
        self.modulation = nn.Linear(RECURRENT, MODULATION)
        self.layers = nn.ModuleList(Modulated(WIDTH if i else INPUTS) for i in range(LAYERS))
        self.head = nn.Linear(WIDTH, 1)


def network(model: Model, states: Tensor, x: Tensor) -> Tensor:
    """Everything after the recurrence, for all steps at once."""
    z = torch.relu(model.modulation(states.flatten(0, 1)))
    y = x.flatten(0, 1)
    for layer in model.layers:
        y = layer(y, z)
    return model.head(y).view(x.shape[0], x.shape[1], 1)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--variant", default="best")
    options = parser.parse_args()

    plain, compiled = GRUSteps(compiled=False), GRUSteps(compiled=True)
    fused = torch.compile(network, dynamic=False)
    variants = {
        "module": lambda model, x: network(model, model.gru(x)[0], x),
        "unbind": lambda model, x: network(model, plain(model.gru, x), x),
        "module+compile": lambda model, x: fused(model, model.gru(x)[0], x),
        "compile": lambda model, x: fused(model, compiled(model.gru, x), x),
    }
    serve(Training(Model, variants, INPUTS, options.batch, options.length, options.variant))


if __name__ == "__main__":
    main()
