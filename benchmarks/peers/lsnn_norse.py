"""Training steps of a recurrent network of spiking neurons (LSNN) with a linear head in Norse.

    python lsnn_norse.py [--batch 64] [--length 784] [--variant best|module|cell|…+compile]

Norse's own neuron, in units of the threshold: the same time constants, adaptation and surrogate. A
synaptic current that lasts one step stands for none, a spike resets to zero, and nothing is
refractory.
"""

from importlib.metadata import version

import torch
from torch import Tensor, nn
from norse.torch import LSNNParameters, LSNNRecurrent
from norse.torch.functional.lsnn import LSNNFeedForwardState, LSNNState, lsnn_feed_forward_step

from lsnn_training import (ADAPTIVE, ALPHA, INPUTS, NEURONS, RHO, STRENGTH, THRESHOLD, chunked,
                           serve_lsnn)


class Model(nn.Module):
    """Norse's recurrent layer and the head."""

    def __init__(self) -> None:
        super().__init__()
        beta = torch.zeros(NEURONS)
        beta[NEURONS - ADAPTIVE:] = (1 - RHO) * STRENGTH / THRESHOLD
        number = torch.as_tensor
        parameters = LSNNParameters(
            tau_syn_inv=number(1.0), tau_mem_inv=number(1 - ALPHA), tau_adapt_inv=number(1 - RHO),
            v_th=number(1.0), beta=beta, method="triangle", alpha=0.3)
        self.layer = LSNNRecurrent(
            INPUTS, NEURONS, parameters, dt=1.0,
            input_weights=nn.Parameter(torch.randn(NEURONS, INPUTS) / INPUTS**0.5 / THRESHOLD),
            recurrent_weights=nn.Parameter(torch.randn(NEURONS, NEURONS) / NEURONS**0.5 / THRESHOLD))
        self.head = nn.Linear(NEURONS, 1)


def module_steps(model: Model, inputs: Tensor, state: LSNNState) -> tuple[Tensor, LSNNState]:
    """The layer as it is, with a product for the inputs of each step."""
    return model.layer(inputs, state)


def module_start(_: Model, batch: int) -> LSNNState:
    """The state of the layer before the first step."""
    zero = torch.zeros(batch, NEURONS)
    return LSNNState(z=zero, v=zero, i=zero, b=torch.ones(batch, NEURONS))


def cell_steps(model: Model, currents: Tensor,
               state: tuple[Tensor, LSNNFeedForwardState]) -> tuple[Tensor, tuple]:
    """The neuron without its products, inside a recurrence of our own."""
    (z, neuron), spikes = state, []
    weights = model.layer.recurrent_weights.t()
    for current in currents.unbind():
        z, neuron = lsnn_feed_forward_step(torch.addmm(current, z, weights), neuron,
                                           model.layer.p, model.layer.dt)
        spikes.append(z)
    return torch.stack(spikes), (z, neuron)


def cell_start(_: Model, batch: int) -> tuple[Tensor, LSNNFeedForwardState]:
    """The spikes and the state of the neurons before the first step."""
    zero = torch.zeros(batch, NEURONS)
    return zero, LSNNFeedForwardState(v=zero, i=zero, b=torch.ones(batch, NEURONS))


def main() -> None:
    """Serves the workload that the arguments describe."""
    forms = {
        "module": (module_steps, module_start, lambda model, x: x),
        "cell": (cell_steps, cell_start,
                 lambda model, x: nn.functional.linear(x, model.layer.input_weights)),
    }
    spikes = {name + suffix: chunked(*form, compiled)
              for name, form in forms.items() for suffix, compiled in (("", False), ("+compile", True))}
    serve_lsnn(__doc__, Model, spikes, f"norse {version('norse')} on ", ", not refractory")


if __name__ == "__main__":
    main()
