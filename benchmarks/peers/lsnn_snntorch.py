"""Training steps of a recurrent network of spiking neurons with a linear head in snnTorch.

    python lsnn_snntorch.py [--batch 64] [--length 784] [--variant best|module|module+compile]

No neuron of snnTorch adapts its threshold or is refractory, so all 220 are its recurrent leaky ones,
which is less work than the LSNN. They act on themselves, too, and have a bias.
"""

from importlib.metadata import version

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor, nn

from lsnn_training import ALPHA, INPUTS, NEURONS, THRESHOLD_WITHOUT_ADAPTATION, chunked, serve_lsnn

SCALE = (1 - ALPHA) / THRESHOLD_WITHOUT_ADAPTATION  # of the weights: inputs are not filtered, and the threshold is 1


class Model(nn.Module):
    """snnTorch's recurrent layer between two linear ones."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Linear(INPUTS, NEURONS, bias=False)
        self.layer = snntorch.RLeaky(ALPHA, linear_features=NEURONS,
                                     spike_grad=surrogate.fast_sigmoid())
        self.head = nn.Linear(NEURONS, 1)
        nn.init.normal_(self.input.weight, std=SCALE / INPUTS**0.5)
        nn.init.normal_(self.layer.recurrent.weight, std=SCALE / NEURONS**0.5)
        nn.init.zeros_(self.layer.recurrent.bias)


def steps(model: Model, currents: Tensor,
          state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """The spikes of a few time steps, and spikes and membrane potentials after them."""
    spikes = []
    for current in currents.unbind():
        state = model.layer(current, *state)
        spikes.append(state[0])
    return torch.stack(spikes), state


def start(_: Model, batch: int) -> tuple[Tensor, Tensor]:
    """The state before the first step."""
    zero = torch.zeros(batch, NEURONS)
    return zero, zero


def main() -> None:
    """Serves the workload that the arguments describe."""
    spikes = {name: chunked(steps, start, lambda model, x: model.input(x), compiled)
              for name, compiled in (("module", False), ("module+compile", True))}
    serve_lsnn(__doc__, Model, spikes, f"snntorch {version('snntorch')} on ",
               ", neither adaptive nor refractory")


if __name__ == "__main__":
    main()
