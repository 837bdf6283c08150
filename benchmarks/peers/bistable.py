"""Training steps of a layer of bistable cells (BRC or nBRC) with a linear head in PyTorch.

    python bistable.py --cell brc --batch 100 --hidden 100 --length 300 [--variant best|unbind|compile]
"""

import argparse

import torch
from torch import Tensor, nn

from torch_training import CHUNK, Training
from worker import serve

INPUTS = 1


class Model(nn.Module):
    """The parameters; gates a and c side by side."""

    def __init__(self, cell: str, hidden: int) -> None:
        super().__init__()
        self.input = nn.Linear(INPUTS, 3 * hidden, bias=False)
        shape = (2 * hidden,) if cell == "brc" else (hidden, 2 * hidden)
        self.recurrent = nn.Parameter(torch.empty(shape).uniform_(-0.1, 0.1))
        self.bias = nn.Parameter(torch.zeros(2 * hidden))
        self.head = nn.Linear(hidden, 1)


def chunk(projected: Tensor, h: Tensor, recurrent: Tensor, bias: Tensor) -> Tensor:
    """The states of a few time steps."""
    states = []
    for step in projected.unbind():
        xa, xc, xh = step.chunk(3, 1)
        if recurrent.dim() == 1:
            gates = torch.cat((h, h), 1) * recurrent + bias
        else:
            gates = torch.addmm(bias, h, recurrent)
        ha, hc = gates.chunk(2, 1)
        a, c = 1 + torch.tanh(xa + ha), torch.sigmoid(xc + hc)
        h = c * h + (1 - c) * torch.tanh(xh + a * h)
        states.append(h)
    return torch.stack(states)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", choices=("brc", "nbrc"), default="nbrc")
    for name, default in (("batch", 100), ("hidden", 100), ("length", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--variant", default="best")
    options = parser.parse_args()

    def variant(steps):
        def forward(model: Model, x: Tensor) -> Tensor:
            h = x.new_zeros(x.shape[1], options.hidden)
            parts = []
            for piece in model.input(x).split(CHUNK):
                parts.append(steps(piece, h, model.recurrent, model.bias))
                h = parts[-1][-1]
            return model.head(torch.cat(parts))

        return forward

    variants = {"unbind": variant(chunk), "compile": variant(torch.compile(chunk, dynamic=False))}
    serve(Training(lambda: Model(options.cell, options.hidden), variants, INPUTS, options.batch,
                   options.length, options.variant))


if __name__ == "__main__":
    main()
