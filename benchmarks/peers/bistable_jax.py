"""Training steps of a layer of bistable cells (BRC or nBRC) with a linear head in JAX.

    python bistable_jax.py --cell brc --batch 100 --hidden 100 --length 300
"""

import argparse

from worker import serve

INPUTS = 1


class Bistable:
    """a = 1 + tanh(·), c = sigmoid(·), h' = c h + (1 − c) tanh(x U + a h), as one jitted scan."""

    def __init__(self, cell: str, batch: int, hidden: int, length: int) -> None:
        self.cell, self.batch, self.hidden, self.length = cell, batch, hidden, length

    def prepare(self, threads: int) -> str:
        """Loads JAX, now that the processors are chosen, compiles, and picks how far to unroll."""
        import jax
        import jax.numpy as jnp

        from jax_training import Training
        from worker import fastest

        n = self.hidden
        recurrent = (2 * n,) if self.cell == "brc" else (n, 2 * n)
        shapes = {"u": (INPUTS, 3 * n), "w": recurrent, "b": (2 * n,), "v": (n, 1), "d": (1,)}

        def forward(p, x, unroll):
            def step(h, projected):
                xa, xc, xh = jnp.split(projected, 3, axis=1)
                if self.cell == "brc":
                    ha, hc = h * p["w"][:n], h * p["w"][n:]
                else:
                    ha, hc = jnp.split(h @ p["w"], 2, axis=1)
                a = 1 + jnp.tanh(xa + ha + p["b"][:n])
                c = jax.nn.sigmoid(xc + hc + p["b"][n:])
                h = c * h + (1 - c) * jnp.tanh(xh + a * h)
                return h, h

            start = jnp.zeros((x.shape[1], n), x.dtype)
            states = jax.lax.scan(step, start, x @ p["u"], unroll=unroll)[1]
            return states @ p["v"] + p["d"]

        trainings = {
            f"scan, unroll {unroll}": Training(
                shapes, lambda p, x, unroll=unroll: forward(p, x, unroll), INPUTS, self.batch,
                self.length)
            for unroll in (1, 4, 10)
        }
        name = fastest({name: training.run for name, training in trainings.items()})
        self.training = trainings[name]
        return f"jax {jax.__version__} {name}"

    def run(self, steps: int) -> None:
        """Does `steps` training steps."""
        self.training.run(steps)


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", choices=("brc", "nbrc"), default="nbrc")
    for name, default in (("batch", 100), ("hidden", 100), ("length", 300)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    serve(Bistable(options.cell, options.batch, options.hidden, options.length))


if __name__ == "__main__":
    main()
