"""Advantage actor-critic on CartPole in Stable-Baselines3, with its defaults, learning included.

A step is one step of one environment. `evaluate` gives the mean return of 20 episodes that take
the likeliest action.

    python sb3_a2c.py [--environments 8] [--seed 0]
"""

import argparse

import stable_baselines3
import torch
from stable_baselines3 import A2C
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.evaluation import evaluate_policy

from worker import serve


class Training:
    """One learner that goes on from run to run."""

    def __init__(self, environments: int, seed: int) -> None:
        self.environments, self.seed = environments, seed

    def prepare(self, threads: int) -> str:
        """Creates the learner; a discarded one warms up."""
        torch.set_num_threads(threads)
        self._create().learn(2000)
        self.model = self._create()
        return f"stable-baselines3 {stable_baselines3.__version__} torch {torch.__version__}"

    def run(self, steps: int) -> None:
        """Learns from at least `steps` further environment steps, in whole updates."""
        self.model.learn(steps, reset_num_timesteps=False)

    def evaluate(self) -> float:
        """The mean return of the policy so far."""
        environments = make_vec_env("CartPole-v1", n_envs=4, seed=self.seed + 1000)
        mean, _ = evaluate_policy(self.model, environments, n_eval_episodes=20)
        return float(mean)

    def _create(self) -> A2C:
        environments = make_vec_env("CartPole-v1", n_envs=self.environments, seed=self.seed)
        return A2C("MlpPolicy", environments, n_steps=5, seed=self.seed, device="cpu")


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environments", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    serve(Training(options.environments, options.seed))


if __name__ == "__main__":
    main()
