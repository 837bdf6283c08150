"""What the LSNN peers on PyTorch share: sizes, constants, and a training that tells its firing rate."""

import argparse
from collections.abc import Callable, Mapping
from math import exp

import torch
from torch import Tensor, nn

from torch_training import CHUNK, Training
from worker import serve

INPUTS, NEURONS, ADAPTIVE, RATE = 80, 220, 100, 0.015
ALPHA, RHO = exp(-1 / 20), exp(-1 / 700)
THRESHOLD, STRENGTH = 0.031, 1.8
THRESHOLD_WITHOUT_ADAPTATION = 0.036  # with which neurons that do not adapt fire as often

Spikes = Callable[[nn.Module, Tensor], Tensor]


class LSNNTraining(Training):
    """Training steps of a model whose `head` reads spikes (T, batch, NEURONS) at every step.

    The learning rate leaves the firing rate what it is, as in ours: there, silence costs less.
    """

    def __init__(self, model: Callable[[], nn.Module], spikes: Mapping[str, Spikes], batch: int,
                 length: int, choice: str, library: str = "", lacks: str = "") -> None:
        self.spikes, self.library, self.lacks = spikes, library, lacks

        def variant(layer: Spikes) -> Callable[[nn.Module, Tensor], Tensor]:
            return lambda model, x: model.head(layer(model, x))

        super().__init__(model, {name: variant(layer) for name, layer in spikes.items()}, INPUTS,
                         batch, length, choice, density=RATE, learning_rate=1e-9)

    def prepare(self, threads: int) -> str:
        """Fixes the data and picks the variant; the note has the firing rate, and what is missing."""
        note = self.library + super().prepare(threads) + self.lacks
        # With gradients: without them, what is compiled would be compiled once more.
        rate = self.spikes[self.choice](self.model, self.x).detach().mean().item()
        return f"{note}, {1000 * rate:.1f} Hz"


def chunked(steps: Callable[..., tuple[Tensor, tuple]], start: Callable[..., tuple],
            project: Callable[[nn.Module, Tensor], Tensor], compiled: bool) -> Spikes:
    """A layer from `steps(model, inputs, state)`, which does a few time steps.

    `start(model, batch)` is the state before the first, and `project(model, x)` what is done for all
    steps at once.
    """
    run = torch.compile(steps, dynamic=False) if compiled else steps

    def spikes(model: nn.Module, x: Tensor) -> Tensor:
        state, parts = start(model, x.shape[1]), []
        for piece in project(model, x).split(CHUNK):
            part, state = run(model, piece, state)
            parts.append(part)
        return torch.cat(parts)

    return spikes


def serve_lsnn(description: str, model: Callable[[], nn.Module], spikes: Mapping[str, Spikes],
               library: str = "", lacks: str = "") -> None:
    """Serves the workload that the command line describes."""
    parser = argparse.ArgumentParser(description=description)
    for name, default in (("batch", 64), ("length", 784)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--variant", default="best", choices=["best", *spikes])
    options = parser.parse_args()
    serve(LSNNTraining(model, spikes, options.batch, options.length, options.variant, library, lacks))
