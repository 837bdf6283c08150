"""Training steps of a neuromodulated network in JAX; `nmd.py` says what the network is.

    python nmd_jax.py [--batch 64] [--length 100]
"""

import argparse

from worker import serve

INPUTS, RECURRENT, MODULATION, WIDTH, LAYERS = 6, 64, 32, 64, 3


class NMD:
    """The scan of the GRU, then the modulated layers over all steps and samples."""

    def __init__(self, batch: int, length: int) -> None:
        self.batch, self.length = batch, length

    def prepare(self, threads: int) -> str:
        """Loads JAX, now that the processors are chosen, and compiles."""
        import jax
        import jax.numpy as jnp

        from jax_training import Parameters, Training, gru, gru_shapes

        shapes = gru_shapes(INPUTS, RECURRENT)
        shapes |= {"wz": (RECURRENT, MODULATION), "bz": (MODULATION,), "w": (WIDTH, 1), "b": (1,)}
        for i in range(LAYERS):
            shapes |= {
                f"w{i}": (WIDTH if i else INPUTS, WIDTH), f"b{i}": (WIDTH,),
                f"scale{i}": (MODULATION, WIDTH), f"shift{i}": (MODULATION, WIDTH),
            }

        def forward(p: Parameters, x: jax.Array) -> jax.Array:
            z = jax.nn.relu(gru(p, x) @ p["wz"] + p["bz"])
            y = x
            for i in range(LAYERS):
                gain, shift = 1 + z @ p[f"scale{i}"], p[f"b{i}"] + z @ p[f"shift{i}"]
                y = jnp.clip((y @ p[f"w{i}"]) * gain + shift, -1, 1)
            return y @ p["w"] + p["b"]

        self.training = Training(shapes, forward, INPUTS, self.batch, self.length)
        return f"jax {jax.__version__} scan"

    def run(self, steps: int) -> None:
        """Does `steps` training steps."""
        self.training.run(steps)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--length", type=int, default=100)
    options = parser.parse_args()
    serve(NMD(options.batch, options.length))


if __name__ == "__main__":
    main()
