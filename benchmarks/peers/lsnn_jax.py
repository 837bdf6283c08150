"""Training steps of a recurrent network of spiking neurons (LSNN) with a linear head in JAX.

    python lsnn_jax.py [--batch 64] [--length 784]
"""

import argparse

from worker import serve

INPUTS, NEURONS, ADAPTIVE, RATE = 80, 220, 100, 0.015


class LSNN:
    """LIF and adaptive neurons with refractoriness and a triangular surrogate, as one jitted scan."""

    def __init__(self, batch: int, length: int) -> None:
        self.batch, self.length = batch, length

    def prepare(self, threads: int) -> str:
        """Loads JAX, now that the processors are chosen, and compiles."""
        import jax
        import jax.numpy as jnp

        from jax_training import Training

        @jax.custom_vjp
        def spike(v):
            return (v > 0).astype(v.dtype)

        spike.defvjp(lambda v: (spike(v), v),
                     lambda v, g: (g * 0.3 * jnp.maximum(0, 1 - jnp.abs(v)),))
        alpha, rho = jnp.exp(-1 / 20), jnp.exp(-1 / 700)
        plain = NEURONS - ADAPTIVE
        mask = 1 - jnp.eye(NEURONS)
        strength = jnp.concatenate([jnp.zeros(plain), 1.8 * jnp.ones(ADAPTIVE)])

        def forward(p, x):
            recurrent = p["w"] * mask

            def step(state, projected):
                z, v, b, r = state
                b = rho * b + (1 - rho) * z
                threshold = 0.031 + strength * b
                v = alpha * v + (1 - alpha) * (projected + z @ recurrent) - z * threshold
                new = jnp.where(r > 0, 0, spike((v - threshold) / threshold))
                r = jnp.where(new > 0, 5.0, jnp.maximum(r - 1, 0))
                return (new, v, b, r), new

            zero = jnp.zeros((x.shape[1], NEURONS), x.dtype)
            spikes = jax.lax.scan(step, (zero, zero, zero, zero), x @ p["u"])[1]
            return spikes @ p["v"] + p["d"]

        shapes = {"u": (INPUTS, NEURONS), "w": (NEURONS, NEURONS), "v": (NEURONS, 1), "d": (1,)}
        self.training = Training(shapes, forward, INPUTS, self.batch, self.length, density=RATE)
        return f"jax {jax.__version__} scan"

    def run(self, steps: int) -> None:
        """Does `steps` training steps."""
        self.training.run(steps)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("batch", 64), ("length", 784)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    serve(LSNN(options.batch, options.length))


if __name__ == "__main__":
    main()
