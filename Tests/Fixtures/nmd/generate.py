"""Returns of the policies to compare with on the three benchmarks of the NMD paper.

Written from the paper's rules alone, with NumPy; it shares no code with the Swift environments, nor
with the plan of the oracle of benchmark 2. Writes rows.json: for each row the mean and half the width
of the 95 % interval of the discounted and the undiscounted return.

    python3 generate.py
"""

import json
import pathlib

import numpy as np

DISCOUNT = 0.998
random = np.random.default_rng(0)


def play(steps, episodes, step):
    """Returns of `episodes` episodes played side by side; step() gives their rewards."""
    total, discounted = np.zeros(episodes), np.zeros(episodes)
    for t in range(steps):
        reward = step()
        total += reward
        discounted += DISCOUNT**t * reward
    return {"discounted": estimate(discounted), "total": estimate(total)}


def estimate(values):
    margin = 1.96 * values.std(ddof=1) / np.sqrt(len(values))
    return {"mean": float(values.mean()), "margin": float(margin)}


def benchmark1(policy, episodes):
    bias = random.uniform(-10, 10, episodes)
    x = random.uniform(-5, 5, episodes)

    def step():
        distance = np.abs(policy(x) - (x - bias))
        hit = distance < 1
        x[hit] = random.uniform(-5, 5, hit.sum())
        return np.where(hit, 10, np.clip(-distance, -20, 20))

    return play(1400, episodes, step)


def wrapped(position):
    position = np.where(position > 2, position - 4, position)
    return np.where(position < -2, position + 4, position)


def directions(angle):
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def fresh_positions(*targets):
    """Positions that are more than 0.6 away from all targets."""
    positions = random.uniform(-1.5, 1.5, targets[0].shape)
    while True:
        close = np.any([np.linalg.norm(positions - t, axis=1) <= 0.6 for t in targets], axis=0)
        if not close.any():
            return positions
        positions[close] = random.uniform(-1.5, 1.5, (close.sum(), 2))


def any_angle(*arrays):
    return random.uniform(0, 2 * np.pi, len(arrays[0]))


def angle_to(difference):
    return np.arctan2(difference[:, 1], difference[:, 0])


def benchmark2(policy, episodes):
    target = random.uniform(-1, 1, (episodes, 2))
    wind = random.uniform(0, 2 * np.pi, episodes)
    position = fresh_positions(target)

    def step():
        nonlocal position
        difference = target - position
        hit = np.linalg.norm(difference, axis=1) <= 0.4
        gust = wind + random.uniform(-np.pi / 4, np.pi / 4, episodes)
        moved = position + 0.25 * (directions(policy(difference, wind)) + directions(gust))
        position = wrapped(moved)
        if hit.any():
            position[hit] = fresh_positions(target[hit])
        return np.where(hit, 100, -2)

    return play(4000, episodes, step)


def straight(difference, wind):
    return angle_to(difference)


class WindPlan:
    """Headings that reach the target soonest where the wind is known, by value iteration.

    The discounted time to the target zone is T(d) = 0 within 0.4 and 1 + 0.998 min_a E_w T(d - step -
    gust) elsewhere, on a torus of differences d. Grid points of T are spread over neighbours by a
    convolution for each heading. Plans are for sectors of the wind in one quarter; a quarter turn
    changes nothing but the frame.
    """

    SIDE, HEADINGS, GUSTS, SECTORS = 160, 48, 32, 16

    def __init__(self):
        middles = (np.arange(self.SECTORS) + 0.5) * np.pi / 2 / self.SECTORS
        self.tables = np.stack([self.table(wind) for wind in middles])

    def index(self, difference):
        return np.rint((difference + 2) / 4 * self.SIDE).astype(int) % self.SIDE

    def kernel(self, displacements):
        """Convolving with it is the mean of linear interpolations that far away."""
        kernel = np.zeros((self.SIDE, self.SIDE))
        places = displacements / 4 * self.SIDE
        low = np.floor(places).astype(int)
        part = places - low
        for i in (0, 1):
            for j in (0, 1):
                weight = np.abs(1 - i - part[:, 0]) * np.abs(1 - j - part[:, 1])
                np.add.at(
                    kernel, ((low[:, 0] + i) % self.SIDE, (low[:, 1] + j) % self.SIDE), weight)
        return kernel / len(displacements)

    def table(self, wind):
        """The best heading at each point of the grid."""
        points = np.arange(self.SIDE) / self.SIDE * 4 - 2
        fine = (np.arange(8) - 3.5) / 8 * 4 / self.SIDE
        x, y = points[:, None, None, None] + fine[:, None], points[:, None, None] + fine
        outside = (x**2 + y**2 > 0.4**2).mean(axis=(2, 3))
        turns = (np.arange(self.GUSTS) + 0.5) / self.GUSTS - 0.5
        gusts = 0.25 * directions(wind + turns * np.pi / 2)
        steps = 0.25 * directions(np.arange(self.HEADINGS) * 2 * np.pi / self.HEADINGS)
        kernels = np.fft.rfft2([self.kernel(step + gusts) for step in steps])
        times = np.zeros((self.SIDE, self.SIDE))
        while True:
            following = np.fft.irfft2(kernels * np.fft.rfft2(times * outside), times.shape)
            before, times = times, 1 + DISCOUNT * following.min(axis=0)
            if np.abs(times - before).max() < 1e-3:
                return following.argmin(axis=0)

    def __call__(self, difference, wind):
        sector = (wind / (np.pi / 2) * self.SECTORS).astype(int)
        quarters = sector // self.SECTORS
        turned = difference.copy()
        for quarter in range(1, 4):
            later = quarters >= quarter
            turned[later] = np.stack([turned[later, 1], -turned[later, 0]], axis=1)
        i, j = self.index(turned).T
        heading = self.tables[sector % self.SECTORS, i, j]
        return heading * 2 * np.pi / self.HEADINGS + quarters * np.pi / 2


def best_in_wind():
    """With a generator of its own, so that the numbers do not depend on the rows before."""
    global random
    random = np.random.default_rng(1)
    return benchmark2(WindPlan(), 3000)


def benchmark3(policy, episodes):
    good, bad = random.uniform(-1, 1, (2, episodes, 2))
    position = fresh_positions(good, bad)

    def step():
        nonlocal position
        to_good = np.linalg.norm(good - position, axis=1)
        to_bad = np.linalg.norm(bad - position, axis=1)
        touches_good = (to_good <= 0.4) & ((to_good <= to_bad) | (to_bad > 0.4))
        touches_bad = (to_bad <= 0.4) & ~touches_good
        position = wrapped(position + 0.25 * directions(policy(position, good, bad)))
        touched = touches_good | touches_bad
        if touched.any():
            position[touched] = fresh_positions(good[touched], bad[touched])
        return np.where(touches_good, 100, np.where(touches_bad, -50, 0))

    return play(5000, episodes, step)


def to_nearer(position, good, bad):
    to_good, to_bad = good - position, bad - position
    nearer = np.linalg.norm(to_good, axis=1) < np.linalg.norm(to_bad, axis=1)
    return angle_to(np.where(nearer[:, None], to_good, to_bad))


def to_good(position, good, bad):
    """The direction of 48 whose next position is nearest to the good target, around the bad one."""
    angles = np.arange(48) * 2 * np.pi / 48
    following = wrapped(position[:, None] + 0.25 * directions(angles))
    from_good = np.linalg.norm(following - good[:, None], axis=2)
    from_bad = np.linalg.norm(following - bad[:, None], axis=2)
    excluded = (from_bad <= 0.42) & (from_bad < from_good)
    return angles[np.where(excluded, np.inf, from_good).argmin(axis=1)]


def gaussian(x):
    """The untrained policy: mean 0, logarithm of the variance -1."""
    return np.clip(5 * random.normal(0, np.exp(-0.5), len(x)), -20, 20)


ROWS = [
    ("nmd-benchmark1", "random", lambda: benchmark1(gaussian, 8000)),
    ("nmd-benchmark1", "no task knowledge", lambda: benchmark1(lambda x: x.copy(), 40000)),
    ("nmd-benchmark2", "random", lambda: benchmark2(any_angle, 20000)),
    ("nmd-benchmark2", "no task knowledge", lambda: benchmark2(straight, 8000)),
    ("nmd-benchmark3", "random", lambda: benchmark3(any_angle, 16000)),
    ("nmd-benchmark3", "no task knowledge", lambda: benchmark3(to_nearer, 8000)),
    ("nmd-benchmark3", "oracle", lambda: benchmark3(to_good, 400)),
    ("nmd-benchmark2", "oracle", best_in_wind),
]

if __name__ == "__main__":
    rows = [{"environment": e, "name": n, **run()} for e, n, run in ROWS]
    path = pathlib.Path(__file__).with_name("rows.json")
    path.write_text(json.dumps(rows, indent=2) + "\n")
