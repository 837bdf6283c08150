"""Writes statistics.json: what scipy says about a few samples.

The interquartile mean is what rliable computes (`scipy.stats.trim_mean(x, 0.25)`); its stratified
bootstrap is repeated here with numpy: the runs of each task are drawn with replacement, and the
percentiles of the interquartile mean over all of them bound the interval.

    pip install numpy scipy && python generate.py
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats


def describe(x: list[float]) -> dict[str, object]:
    """Mean, standard error, 95 % Student-t interval and interquartile mean of one sample."""
    mean, error = float(np.mean(x)), float(stats.sem(x)) if len(x) > 1 else None
    half = error * float(stats.t.ppf(0.975, len(x) - 1)) if error is not None else None
    return {
        "values": x,
        "mean": mean,
        "standardError": error,
        "halfWidth": half,
        "interquartileMean": float(stats.trim_mean(x, 0.25)),
    }


def bootstrap(scores: np.ndarray, resamples: int, seed: int) -> dict[str, object]:
    """rliable's stratified bootstrap of the interquartile mean; scores are runs × tasks."""
    random = np.random.default_rng(seed)
    runs, tasks = scores.shape
    means = np.empty(resamples)
    for i in range(resamples):
        drawn = random.integers(runs, size=(runs, tasks))
        means[i] = stats.trim_mean(np.take_along_axis(scores, drawn, axis=0), 0.25, axis=None)
    lower, upper = np.percentile(means, [2.5, 97.5])
    return {
        "strata": scores.T.tolist(),
        "interquartileMean": float(stats.trim_mean(scores, 0.25, axis=None)),
        "lower": float(lower),
        "upper": float(upper),
    }


def main() -> None:
    """Writes the file beside this script."""
    random = np.random.default_rng(5)
    samples = [[3.5], [1.0, 2.0], [-2.0, 0.5, 7.0], [4.0, 4.0, 4.0, 4.0]]
    samples += [random.normal(3, 2, n).round(6).tolist() for n in (5, 6, 7, 10, 33, 500)]
    quantiles = [(0.9, 3), (0.975, 1), (0.975, 2), (0.975, 4), (0.975, 9), (0.975, 120),
                 (0.995, 5), (0.6, 7), (0.5, 3), (0.025, 9), (0.9999, 1), (0.975, 100000)]
    result = {
        "samples": [describe(x) for x in samples],
        "quantiles": [
            {"probability": p, "degrees": df, "value": float(stats.t.ppf(p, df))}
            for p, df in quantiles
        ],
        "bootstrap": [
            bootstrap(random.normal(0.5, 0.2, (10, 4)).round(6), 100_000, 1),
            bootstrap(random.gamma(2, 1, (5, 1)).round(6), 100_000, 2),
        ],
    }
    path = Path(__file__).with_name("statistics.json")
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
