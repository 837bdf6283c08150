"""Numbers that the tests of spiking and event-based cells compare with, in plain NumPy and double
precision: sequences of LSNN and EGRU forward, and their derivatives by adjoint equations written out
by hand, step by step from the end.

    python generate.py
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
ROWS, STEPS = 2, 30


def philox(low, high, key):
    """The first word of a block of Philox 4x32 with ten rounds."""
    mask = 0xFFFFFFFF
    x = [low & mask, low >> 32, high & mask, high >> 32]
    k = [key & mask, key >> 32]
    for round_ in range(10):
        if round_ > 0:
            k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
        a, b = 0xD2511F53 * x[0], 0xCD9E8D57 * x[2]
        x = [(b >> 32) ^ x[1] ^ k[0], b & mask, (a >> 32) ^ x[3] ^ k[1], a & mask]
    return x[0]


def delay_table(rows, columns, delays, seed):
    """The delay of each synapse."""
    return np.array(
        [[philox(i, j, seed) * delays >> 32 for j in range(columns)] for i in range(rows)]
    )


def single(x):
    """The nearest numbers in single precision."""
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def flat(values):
    """One list a step."""
    return np.asarray(values).reshape(len(values), -1).tolist()


def triangle(v, height, half_width):
    return height * np.maximum(0, 1 - np.abs(v) / half_width)


def lsnn(random, previous_membrane):
    n_in, n, adaptive, delays, refractory, seed = 4, 6, 3, 3, 2, 7
    tau_m, tau_a, threshold, beta = 20.0, 60.0, 0.05, 1.8
    height, half_width = single(0.3), 1.0
    alpha, rho = single(np.exp(-1 / tau_m)), single(np.exp(-1 / tau_a))
    # The complements are rounded, too, in single precision.
    one_alpha, one_rho = single(np.float32(1) - np.float32(alpha)), single(
        np.float32(1) - np.float32(rho)
    )
    threshold, beta_all = single(threshold), np.zeros(n)
    beta_all[n - adaptive :] = single(beta)
    d_in = delay_table(n_in, n, delays, seed)
    d_rec = delay_table(n, n, delays, seed + 1)
    w_in = single(random.normal(size=(n_in, n)) / np.sqrt(n_in))
    w_rec = single(random.normal(size=(n, n)) / np.sqrt(n))
    connected = 1 - np.eye(n)
    x = single(random.random((STEPS, ROWS, n_in)) < 0.5)
    # Output is z; weighting of z in the objective.
    weighting = single(random.normal(size=(STEPS, ROWS, n)))

    def at(sequence, t, shape):
        return sequence[t] if t >= 0 else np.zeros(shape)

    v, b, z = np.zeros((ROWS, n)), np.zeros((ROWS, n)), np.zeros((ROWS, n))
    last_spike = np.full((ROWS, n), -1000)
    history = {name: [] for name in ["v", "v_before", "A", "u", "z", "free"]}
    for t in range(STEPS):
        b = rho * b + one_rho * z
        A = threshold + beta_all * b
        current = np.zeros((ROWS, n))
        for d in range(delays):
            current += at(x, t - d, (ROWS, n_in)) @ (w_in * (d_in == d))
            current += at(history["z"], t - 1 - d, (ROWS, n)) @ (w_rec * (d_rec == d) * connected)
        before = v
        v = alpha * v + one_alpha * current - z * A
        u = ((before if previous_membrane else v) - A) / A
        free = t - last_spike > refractory
        z = ((u > 0) & free).astype(float)
        last_spike[z > 0] = t
        for name, value in [("v", v), ("v_before", before), ("A", A), ("u", u), ("z", z)]:
            history[name].append(value)
        history["free"].append(free)
    assert 0.04 < np.mean(history["z"]) < 0.4, np.mean(history["z"])

    # Adjoint, from the end.
    g_in, g_rec = np.zeros_like(w_in), np.zeros_like(w_rec)
    I_bar = np.zeros((STEPS + delays + 1, ROWS, n))
    v_bar_next = np.zeros((ROWS, n))  # dL/dv[t] from step t + 1
    reset_bar = np.zeros((ROWS, n))  # -v_bar[t + 1] A[t + 1]
    b_bar_next = np.zeros((ROWS, n))
    previous_share = np.zeros((ROWS, n))  # u_bar[t + 1] / A[t + 1], if u uses v before the step
    for t in reversed(range(STEPS)):
        z_bar = weighting[t] + one_rho * b_bar_next + reset_bar
        for d in range(delays):
            z_bar = z_bar + I_bar[t + 1 + d] @ (w_rec * (d_rec == d) * connected).T
        u_bar = z_bar * triangle(history["u"][t], height, half_width) * history["free"][t]
        A = history["A"][t]
        v_bar = alpha * v_bar_next + previous_share
        if previous_membrane:
            previous_share = u_bar / A
            compared = history["v_before"][t]
        else:
            v_bar = v_bar + u_bar / A
            compared = history["v"][t]
        z_before = at(history["z"], t - 1, (ROWS, n))
        A_bar = -u_bar * compared / A**2 - v_bar * z_before
        b_bar_next = rho * b_bar_next + beta_all * A_bar
        I_bar[t] = one_alpha * v_bar
        reset_bar = -v_bar * A
        v_bar_next = v_bar
        for d in range(delays):
            g_in += (at(x, t - d, (ROWS, n_in)).T @ I_bar[t]) * (d_in == d)
            g_rec += (at(history["z"], t - 1 - d, (ROWS, n)).T @ I_bar[t]) * (d_rec == d)
    g_rec *= connected

    return {
        "options": {
            "adaptiveFraction": adaptive / n,
            "membraneTime": tau_m,
            "adaptationTime": tau_a,
            "threshold": 0.05,
            "adaptationStrength": beta,
            "refractory": refractory,
            "delays": delays,
            "delaySeed": seed,
            "spikeSource": "previousMembrane" if previous_membrane else "newMembrane",
        },
        "name": "lsnn",
        "size": n,
        "parameters": {"input": w_in.tolist(), "recurrent": w_rec.tolist()},
        "input": flat(x),
        "weighting": flat(weighting),
        "output": flat(history["z"]),
        "gradients": {"input": g_in.tolist(), "recurrent": g_rec.tolist()},
    }


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def egru(random, paper):
    n_in, n = 4, 6
    height, half_width = single(0.7), single(1 / 1.5)
    w = single(random.normal(size=(n_in, 3 * n)))
    b_x = single(0.3 * random.normal(size=3 * n))
    r = single(random.normal(size=(n, 3 * n)))
    b_r = single(0.3 * random.normal(size=3 * n)) * (0 if paper else 1)
    threshold = single(random.random(n) * 0.4)
    x = single(random.normal(size=(STEPS, ROWS, n_in)))
    weighting = single(random.normal(size=(STEPS, ROWS, n)))
    h, y = np.zeros((ROWS, n)), np.zeros((ROWS, n))
    tape = []
    for t in range(STEPS):
        p, q = x[t] @ w + b_x, y @ r + b_r
        first = sigmoid(p[:, :n] + q[:, :n])
        second = sigmoid(p[:, n : 2 * n] + q[:, n : 2 * n])
        before, y_before, q_g = h, y, q[:, 2 * n :]
        if paper:
            candidate = np.tanh(p[:, 2 * n :] + (second * y) @ r[:, 2 * n :])
            c = first * candidate + (1 - first) * h - y
        else:
            candidate = np.tanh(p[:, 2 * n :] + second * q_g)
            c = first * h + (1 - first) * candidate
        o = (c - threshold > 0).astype(float)
        y = o * c
        h = c if paper else c - o * threshold
        tape.append((before, y_before, q_g, first, second, candidate, c, o))
    events = np.mean([step[-1] for step in tape])
    assert 0.1 < events < 0.6, events

    g = {name: np.zeros_like(value) for name, value in [("w", w), ("r", r)]}
    g_bx, g_br, g_threshold = np.zeros(3 * n), np.zeros(3 * n), np.zeros(n)
    dh, dy_next = np.zeros((ROWS, n)), np.zeros((ROWS, n))
    outputs = []
    for t in reversed(range(STEPS)):
        before, y_before, q_g, first, second, candidate, c, o = tape[t]
        outputs.append(o * c)
        dy = weighting[t] + dy_next
        slope = triangle(c - threshold, height, half_width)
        if paper:
            dv = slope * c * dy
            dc = o * dy + dv + dh
            g_threshold -= dv.sum(0)
            du = dc * (candidate - before) * first * (1 - first)
            dz = dc * first * (1 - candidate**2)
            k = dz @ r[:, 2 * n :].T
            dr = k * y_before * second * (1 - second)
            dp = np.concatenate([du, dr, dz], axis=1)
            g["r"][:, : 2 * n] += y_before.T @ dp[:, : 2 * n]
            g["r"][:, 2 * n :] += (second * y_before).T @ dz
            dy_next = dp[:, : 2 * n] @ r[:, : 2 * n].T + second * k - dc
            dh = (1 - first) * dc
        else:
            d_o = c * dy - threshold * dh
            dv = slope * d_o
            g_threshold -= (dv + o * dh).sum(0)
            dc = o * dy + dv + dh
            dz = dc * (before - candidate) * first * (1 - first)
            dg = dc * (1 - first) * (1 - candidate**2)
            dr = dg * q_g * second * (1 - second)
            dp = np.concatenate([dz, dr, dg], axis=1)
            dq = np.concatenate([dz, dr, second * dg], axis=1)
            g["r"] += y_before.T @ dq
            g_br += dq.sum(0)
            dy_next = dq @ r.T
            dh = first * dc
        g["w"] += x[t].T @ dp
        g_bx += dp.sum(0)

    def named(w, b_x, r, b_r, threshold):
        numbers = {"threshold": threshold, "input": w, "inputBias": b_x}
        if paper:
            numbers |= {"recurrentGates": r[:, : 2 * n], "recurrentCandidate": r[:, 2 * n :]}
        else:
            numbers |= {"recurrent": r, "recurrentBias": b_r}
        return {name: np.asarray(value).tolist() for name, value in numbers.items()}

    return {
        "options": {
            "form": "paper" if paper else "reference",
            "surrogateHalfWidth": float(np.float32(1 / 1.5)),
        },
        "name": "egru",
        "size": n,
        "parameters": named(w, b_x, r, b_r, threshold),
        "input": flat(x),
        "weighting": flat(weighting),
        "output": flat(outputs[::-1]),
        "gradients": named(g["w"], g_bx, g["r"], g_br, g_threshold),
    }


random = np.random.default_rng(3)
cases = {
    "lsnn": lsnn(random, False),
    "lsnnPreviousMembrane": lsnn(random, True),
    "egru": egru(random, False),
    "egruPaper": egru(random, True),
}
(HERE / "cells.json").write_text(json.dumps({"rows": ROWS, "steps": STEPS, "cells": cases}) + "\n")
