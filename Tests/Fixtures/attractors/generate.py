"""Attractors of bistable cells at the beginning of a training, in plain NumPy and double precision.

Written from the equations of the cells (Vecoven, Ernst & Drion 2021) and of VAA (Lambrechts et al. 2023)
alone. One layer of 64 units, matrices as Glorot & Bengio draw them, 32 sequences of 1 to 50 normal
numbers, then one constant input for 2000 steps. Writes attractors.json with small networks of each
cell, their sequences and their VAA under some constant inputs, with all that Swift reads rounded to
single precision. With `--networks 96` it prints mean and standard error over as many networks instead.

    python3 generate.py [--networks COUNT]
"""

import argparse
import json
import pathlib

import numpy as np

LONGEST, STEPS, DISTANCE = 50, 2000, 1e-4
# The first normal numbers of MetaRL's streams with these seeds, since its program draws the input itself.
CONSTANTS = {0: 0.3975210189819336, 1: -1.1092864274978638, 2: -0.36654746532440186}


def single(x):
    """The nearest numbers in single precision."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def glorot(random, rows, columns, gates=1):
    """A uniform matrix, gates side by side."""
    bound = np.sqrt(6 / (rows + columns))
    return single(random.uniform(-bound, bound, (rows, gates * columns)))


def draw(random, cell, units, sequences):
    """A network at the beginning, and sequences."""
    weights = {
        "inputGates": glorot(random, 1, units, gates=2),
        "recurrentGates": (
            np.ones((1, 2 * units)) if cell == "brc" else glorot(random, units, units, gates=2)
        ),
        "gateBias": np.zeros(2 * units),
        "inputCandidate": glorot(random, 1, units),
    }
    lengths = random.integers(1, LONGEST + 1, sequences)
    return weights, [single(random.normal(size=length)) for length in lengths]


def step(cell, weights, h, x):
    """One step of all rows: h is [rows × units], x is [rows × 1]."""
    feedback = weights["recurrentGates"]
    recurrent = np.tile(h, 2) * feedback if cell == "brc" else h @ feedback
    gates = x @ weights["inputGates"] + recurrent + weights["gateBias"]
    a, c = np.split(gates, 2, axis=1)
    a, c = 1 + np.tanh(a), 1 / (1 + np.exp(-c))
    return c * h + (1 - c) * np.tanh(x @ weights["inputCandidate"] + a * h)


def variability(cell, weights, inputs, constant):
    """VAA: the mean of 1 over the number of sequences that end where one does."""
    h = np.zeros((len(inputs), len(weights["gateBias"]) // 2))
    for row, sequence in enumerate(inputs):
        for x in sequence:
            h[row] = step(cell, weights, h[row : row + 1], np.array([[x]]))
    for _ in range(STEPS):
        h = step(cell, weights, h, np.full((len(inputs), 1), constant))
    distances = np.linalg.norm(h[:, None] - h[None], axis=2)
    return float((1 / (distances < DISTANCE).sum(axis=1)).mean())


def example(random, cell, units):
    weights, inputs = draw(random, cell, units, sequences=32)
    return {
        "cell": cell,
        "units": units,
        "weights": {name: matrix.ravel().tolist() for name, matrix in weights.items()},
        "sequences": [sequence.tolist() for sequence in inputs],
        "variability": [
            {"seed": seed, "constant": constant, "vaa": variability(cell, weights, inputs, constant)}
            for seed, constant in CONSTANTS.items()
        ],
    }


def several(cell, networks):
    """VAA of networks at the beginning, each under an input of its own."""
    random = np.random.default_rng(1)
    return [
        variability(cell, *draw(random, cell, 64, sequences=32), random.normal())
        for _ in range(networks)
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", type=int, default=0)
    networks = parser.parse_args().networks
    if networks:
        for cell in ("brc", "nbrc"):
            found = several(cell, networks)
            error = np.std(found, ddof=1) / np.sqrt(networks)
            print(f"{cell}: {np.mean(found):.3f} ± {error:.3f}")
    else:
        random = np.random.default_rng(0)
        examples = [example(random, cell, units) for cell in ("brc", "nbrc") for units in (8, 24)]
        path = pathlib.Path(__file__).with_name("attractors.json")
        path.write_text(json.dumps(examples) + "\n")
