"""What the PyTorch peers share: a training step around a model, and the choice of its variant."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from worker import fastest

Forward = Callable[[nn.Module, Tensor], Tensor]
CHUNK = 20  # time steps of one compiled function; a whole sequence would compile for minutes


class GRUSteps(nn.Module):
    """The recurrence of `nn.GRU` over time as plain operations on its parameters.

    The input's part is one product for the whole sequence, and time is split by `unbind`.
    """

    def __init__(self, compiled: bool) -> None:
        super().__init__()
        self.chunk = torch.compile(_chunk, dynamic=False) if compiled else _chunk

    def forward(self, gru: nn.GRU, x: Tensor) -> Tensor:
        """The hidden states (T, batch, hidden) for the inputs (T, batch, features)."""
        projected = nn.functional.linear(x, gru.weight_ih_l0, gru.bias_ih_l0)
        h = x.new_zeros(x.shape[1], gru.hidden_size)
        weight = gru.weight_hh_l0.t()
        parts = []
        for piece in projected.split(CHUNK):
            states = self.chunk(piece, h, weight, gru.bias_hh_l0)
            h = states[-1]
            parts.append(states)
        return torch.cat(parts)


def _chunk(projected: Tensor, h: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    states = []
    for step in projected.unbind():
        xr, xz, xn = step.chunk(3, 1)
        hr, hz, hn = torch.addmm(bias, h, weight).chunk(3, 1)
        r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
        n = torch.tanh(xn + r * hn)
        h = n + z * (h - n)
        states.append(h)
    return torch.stack(states)


class Training:
    """Whole steps - forward, mean squared error, backward, Adam - in the fastest variant."""

    def __init__(self, model: Callable[[], nn.Module], variants: Mapping[str, Forward],
                 inputs: int, batch: int, length: int, choice: str,
                 density: float | None = None, learning_rate: float = 1e-3) -> None:
        self.make_model, self.inputs, self.batch, self.length = model, inputs, batch, length
        self.variants = variants
        self.choice = choice
        self.density = density
        self.learning_rate = learning_rate

    def prepare(self, threads: int) -> str:
        """Fixes the data and picks the variant."""
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.x = torch.randn(self.length, self.batch, self.inputs)
        if self.density is not None:  # spikes
            self.x = (torch.rand(self.x.shape) < self.density).to(self.x.dtype)
        self.y = torch.randn(self.length, self.batch, 1)
        self.model = self.make_model()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.learning_rate,
                                          fused=True)
        if self.choice == "best":
            runs = {name: lambda n, name=name: self._run(name, n) for name in self.variants}
            self.choice = fastest(runs)
        self._run(self.choice, 3)
        return f"torch {torch.__version__} {self.choice}"

    def run(self, steps: int) -> None:
        """Does `steps` training steps."""
        self._run(self.choice, steps)

    def _run(self, name: str, steps: int) -> None:
        forward = self.variants[name]
        for _ in range(steps):
            self.optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.mse_loss(forward(self.model, self.x), self.y)
            loss.backward()
            self.optimizer.step()
