"""Training steps of a recurrent network of spiking neurons with a linear head in SpikingJelly.

    python lsnn_spikingjelly.py [--batch 64] [--length 784] [--variant best|lif|…+compile]

No neuron of SpikingJelly adapts its threshold or is refractory, so all 220 are its leaky ones, which
is less work than the LSNN. Its kernels for many steps at once cannot feed spikes back, and its
`LinearRecurrentContainer` multiplies the inputs of every step by a second matrix, so the recurrence
is our own, as in its examples.
"""

from importlib.metadata import version

import torch
from spikingjelly.activation_based import neuron, surrogate
from torch import Tensor, nn

from lsnn_training import ALPHA, INPUTS, NEURONS, THRESHOLD_WITHOUT_ADAPTATION, chunked, serve_lsnn

SCALE = 1 / THRESHOLD_WITHOUT_ADAPTATION  # of the weights: the threshold is 1


class Model(nn.Module):
    """Leaky neurons with products of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.input = nn.Linear(INPUTS, NEURONS, bias=False)
        self.recurrent = nn.Parameter(SCALE * torch.randn(NEURONS, NEURONS) / NEURONS**0.5)
        self.layer = neuron.LIFNode(tau=1 / (1 - ALPHA), v_reset=None,
                                    surrogate_function=surrogate.PiecewiseQuadratic())
        self.head = nn.Linear(NEURONS, 1)
        self.register_buffer("mask", 1 - torch.eye(NEURONS))
        nn.init.normal_(self.input.weight, std=SCALE / INPUTS**0.5)


def steps(model: Model, currents: Tensor,
          state: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor, Tensor]]:
    """The spikes of a few time steps, and spikes, membrane potentials and weights after them."""
    z, v, weights = state
    spikes = []
    for current in currents.unbind():
        (z,), (v,) = model.layer.single_step_functional_forward(
            (torch.addmm(current, z, weights),), (v,))
        spikes.append(z)
    return torch.stack(spikes), (z, v, weights)


def start(model: Model, batch: int) -> tuple[Tensor, Tensor, Tensor]:
    """The state before the first step."""
    zero = torch.zeros(batch, NEURONS)
    return zero, zero, model.recurrent * model.mask


def main() -> None:
    """Serves the workload that the arguments describe."""
    spikes = {name: chunked(steps, start, lambda model, x: model.input(x), compiled)
              for name, compiled in (("lif", False), ("lif+compile", True))}
    serve_lsnn(__doc__, Model, spikes, f"spikingjelly {version('spikingjelly')} on ",
               ", neither adaptive nor refractory")


if __name__ == "__main__":
    main()
