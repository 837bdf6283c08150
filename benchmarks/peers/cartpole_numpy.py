"""Gymnasium's own vectorised CartPole in numpy. A step moves every environment once.

    python cartpole_numpy.py [--environments 1024]

It has no threads of its own, so more than one changes nothing.
"""

import argparse

import gymnasium
import numpy as np

from worker import serve

PERIOD = 64


class CartPole:
    """Random actions, drawn beforehand; episodes restart by themselves."""

    def __init__(self, environments: int) -> None:
        self.environments = environments

    def prepare(self, threads: int) -> str:
        """Creates the environments."""
        self.vector = gymnasium.make_vec("CartPole-v1", num_envs=self.environments,
                                         vectorization_mode="vector_entry_point")
        self.vector.reset(seed=0)
        random = np.random.default_rng(0)
        self.actions = random.integers(2, size=(PERIOD, self.environments))
        self.run(200)
        return f"gymnasium {gymnasium.__version__} numpy {np.__version__}"

    def run(self, steps: int) -> None:
        """Moves every environment `steps` times."""
        for i in range(steps):
            self.vector.step(self.actions[i % PERIOD])


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=1024)
    serve(CartPole(parser.parse_args().environments))


if __name__ == "__main__":
    main()
