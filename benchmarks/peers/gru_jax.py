"""Training steps of a GRU with a linear head in JAX: one jitted scan.

    python gru_jax.py --batch 128 --hidden 128 --length 200
"""

import argparse

from worker import serve

INPUTS = 6


class GRU:
    """GRU (reset after the product, as PyTorch has it) and a linear output at every step."""

    def __init__(self, batch: int, hidden: int, length: int) -> None:
        self.batch, self.hidden, self.length = batch, hidden, length

    def prepare(self, threads: int) -> str:
        """Loads JAX, now that the processors are chosen, and compiles."""
        import jax

        from jax_training import Training, gru, gru_shapes

        shapes = gru_shapes(INPUTS, self.hidden) | {"w": (self.hidden, 1), "b": (1,)}
        self.training = Training(shapes, lambda p, x: gru(p, x) @ p["w"] + p["b"], INPUTS,
                                 self.batch, self.length)
        return f"jax {jax.__version__} scan"

    def run(self, steps: int) -> None:
        """Does `steps` training steps."""
        self.training.run(steps)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("batch", 128), ("hidden", 128), ("length", 200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    serve(GRU(options.batch, options.hidden, options.length))


if __name__ == "__main__":
    main()
