"""Writes the traces that the tests of CartPole and Pendulum are compared with.

    pip install gymnasium==1.4.0 numpy==2.4.6
    python generate.py

Each trace is a whole episode: the first state, the actions, and after every action the state in
double precision, the observation in single precision and the reward; then how the episode ended.
"""

import json
import pathlib

import gymnasium
import numpy

FOLDER = pathlib.Path(__file__).parent


def trace(name, seed, policy):
    """One episode of `name` under `policy(observation, random)`."""
    environment = gymnasium.make(name)
    observation, _ = environment.reset(seed=seed)
    random = numpy.random.default_rng(seed)
    inner = environment.unwrapped
    result = {
        "initialState": list(map(float, inner.state)),
        "actions": [],
        "states": [],
        "observations": [],
        "rewards": [],
    }
    while True:
        action = policy(observation, random)
        observation, reward, terminated, truncated, _ = environment.step(action)
        result["actions"].append(float(numpy.asarray(action).reshape(-1)[0]))
        result["states"].append(list(map(float, inner.state)))
        result["observations"].append([float(str(number)) for number in observation])
        result["rewards"].append(float(reward))
        if terminated or truncated:
            result["terminated"] = bool(terminated)
            result["truncated"] = bool(truncated)
            return result


def write(name, episodes):
    content = {"gymnasium": gymnasium.__version__, "numpy": numpy.__version__, "episodes": episodes}
    (FOLDER / f"{name}.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


def push_at_random(observation, random):
    return int(random.integers(2))


def balance(observation, random):
    x, velocity, angle, spin = observation
    return int(0.1 * x + 0.2 * velocity + angle + 0.3 * spin > 0)


def swing(observation, random):
    cosine, sine, spin = observation
    torque = -8 * sine - 2 * spin if cosine > 0.8 else 2 * numpy.sign(spin) + random.normal()
    return numpy.array([torque], dtype=numpy.float32)


def turn_at_random(observation, random):
    return numpy.array([random.normal(0, 2)], dtype=numpy.float32)


write(
    "cartpole",
    [trace("CartPole-v1", seed, push_at_random) for seed in range(12)]
    + [trace("CartPole-v1", 100, balance)],
)
write(
    "pendulum",
    [trace("Pendulum-v1", 0, turn_at_random), trace("Pendulum-v1", 1, swing)],
)
