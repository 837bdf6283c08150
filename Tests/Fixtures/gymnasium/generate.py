"""Writes the traces and returns that the tests of CartPole and Pendulum are compared with.

    pip install gymnasium==1.4.0 numpy==2.4.6
    python generate.py

Each trace is a whole episode: the first state, the actions, and after every action the state in
double precision, the observation in single precision and the reward; then how the episode ended.

`returns.json` holds the mean return of whole episodes of policies that need no learning, with half the
width of its 95 % interval.
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


def mean_return(name, episodes, policy):
    """Mean return of `episodes` episodes of `name` under `policy(observation, random)`."""
    environment = gymnasium.make(name)
    random = numpy.random.default_rng(1)
    returns = []
    for episode in range(episodes):
        observation, _ = environment.reset(seed=1_000_003 + episode)
        returns.append(0.0)
        while True:
            action = policy(observation, random)
            observation, reward, terminated, truncated, _ = environment.step(action)
            returns[-1] += float(reward)
            if terminated or truncated:
                break
    margin = 1.96 * numpy.std(returns, ddof=1) / episodes**0.5
    return {"episodes": episodes, "mean": float(numpy.mean(returns)), "margin": float(margin)}


def push_where_it_leans(observation, random):
    return int(observation[2] > 0)


def torque(value):
    return numpy.array([numpy.clip(value, -2, 2)], dtype=numpy.float32)


def turn_uniformly(observation, random):
    return torque(random.uniform(-2, 2))


def regulated(observation):
    return -(19.69 * numpy.arctan2(observation[1], observation[0]) + 5.26 * observation[2])


def hold(observation, random):
    return torque(regulated(observation))


def swing_up(observation, random):
    cosine, _, spin = observation
    if abs(regulated(observation)) <= 8:
        return torque(regulated(observation))
    return torque(10 * (15 - (spin * spin / 2 + 15 * cosine)) * (spin or 1))


returns = {
    "gymnasium": gymnasium.__version__,
    "numpy": numpy.__version__,
    "returns": {
        "cartpole": {
            "random": mean_return("CartPole-v1", 20_000, push_at_random),
            "angle alone": mean_return("CartPole-v1", 40_000, push_where_it_leans),
            "oracle": mean_return("CartPole-v1", 500, balance),
        },
        "pendulum": {
            "random": mean_return("Pendulum-v1", 4000, turn_uniformly),
            "no swing": mean_return("Pendulum-v1", 4000, hold),
            "oracle": mean_return("Pendulum-v1", 4000, swing_up),
        },
    },
}
(FOLDER / "returns.json").write_text(json.dumps(returns, indent=1) + "\n")
