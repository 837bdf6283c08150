"""Training steps of a GRU with a linear head in PyTorch.

    python gru.py --batch 128 --hidden 128 --length 200 [--variant best|module|unbind|compile]
"""

import argparse

from torch import Tensor, nn

from torch_training import GRUSteps, Training
from worker import serve

INPUTS = 6


class Model(nn.Module):
    """GRU (reset after the product, as `nn.GRU` has it) and a linear output at every step."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.gru = nn.GRU(INPUTS, hidden)
        self.head = nn.Linear(hidden, 1)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("batch", 128), ("hidden", 128), ("length", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--variant", default="best")
    options = parser.parse_args()

    def module(model: Model, x: Tensor) -> Tensor:
        return model.head(model.gru(x)[0])

    plain, compiled = GRUSteps(compiled=False), GRUSteps(compiled=True)
    variants = {
        "module": module,
        "unbind": lambda model, x: model.head(plain(model.gru, x)),
        "compile": lambda model, x: model.head(compiled(model.gru, x)),
    }
    serve(Training(lambda: Model(options.hidden), variants, INPUTS, options.batch,
                   options.length, options.variant))


if __name__ == "__main__":
    main()
