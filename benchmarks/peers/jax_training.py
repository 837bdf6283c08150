"""What the JAX peers share: a GRU as one scan, and a jitted training step around a model.

Import it only after `worker.pin`: XLA sizes its thread pool when it is loaded.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

Parameters = dict[str, jax.Array]
Shapes = dict[str, tuple[int, ...]]


def gru_shapes(inputs: int, hidden: int) -> Shapes:
    """The parameters of a GRU, gates side by side in the order reset, update, candidate."""
    return {"wx": (inputs, 3 * hidden), "bx": (3 * hidden,), "wh": (hidden, 3 * hidden),
            "bh": (3 * hidden,)}


def gru(p: Parameters, x: jax.Array) -> jax.Array:
    """The hidden states (T, batch, hidden); the input's part is one product beforehand."""

    def step(h: jax.Array, projected: jax.Array) -> tuple[jax.Array, jax.Array]:
        xr, xz, xn = jnp.split(projected, 3, axis=1)
        hr, hz, hn = jnp.split(h @ p["wh"] + p["bh"], 3, axis=1)
        r, z = jax.nn.sigmoid(xr + hr), jax.nn.sigmoid(xz + hz)
        n = jnp.tanh(xn + r * hn)
        h = n + z * (h - n)
        return h, h

    start = jnp.zeros((x.shape[1], p["wh"].shape[0]), x.dtype)
    return jax.lax.scan(step, start, x @ p["wx"] + p["bx"])[1]


class Training:
    """Whole steps - forward, mean squared error, backward, Adam - as one compiled function."""

    def __init__(self, shapes: Shapes, forward: Callable[[Parameters, jax.Array], jax.Array],
                 inputs: int, batch: int, length: int, density: float | None = None) -> None:
        kx, ky, key = jax.random.split(jax.random.key(0), 3)
        self.x = jax.random.normal(kx, (length, batch, inputs))
        if density is not None:  # spikes
            self.x = (jax.random.uniform(kx, self.x.shape) < density).astype(self.x.dtype)
        self.y = jax.random.normal(ky, (length, batch, 1))
        keys = jax.random.split(key, len(shapes))
        self.parameters = {
            name: jax.random.uniform(k, shape, minval=-0.1, maxval=0.1)
            for k, (name, shape) in zip(keys, shapes.items(), strict=True)
        }
        optimizer = optax.adam(1e-3)
        self.state = optimizer.init(self.parameters)

        def loss(p: Parameters, x: jax.Array, y: jax.Array) -> jax.Array:
            return jnp.mean((forward(p, x) - y) ** 2)

        def update(p: Parameters, state: optax.OptState, x: jax.Array, y: jax.Array):
            value, gradient = jax.value_and_grad(loss)(p, x, y)
            change, state = optimizer.update(gradient, state)
            return optax.apply_updates(p, change), state, value

        self.update = jax.jit(update, donate_argnums=(0, 1))
        self.run(3)

    def run(self, steps: int) -> None:
        """Does `steps` training steps and waits for the last."""
        for _ in range(steps):
            self.parameters, self.state, value = self.update(
                self.parameters, self.state, self.x, self.y)
        value.block_until_ready()
