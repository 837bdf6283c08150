#!/usr/bin/env python3
"""Numbers for the tests of arms and roads, from SciPy.

    pip install numpy scipy
    python3 Tests/Fixtures/scipy/generate.py

The arm is written here in another way than in MetaRL: as rigid bodies with Jacobians, whose mass
matrix is differentiated by complex steps, and integrated by DOP853 with tolerances of 1e-12.
"""
import json
import pathlib

import numpy
import scipy
from scipy.integrate import solve_ivp
from scipy.special import fresnel

FOLDER = pathlib.Path(__file__).parent
STEP = 0.02


def mass_matrix(q, arm):
    """Sum over bodies of m Jᵀ J + I ωᵀ ω, for angles that may be complex."""
    l1, l2 = arm["lengths"]
    m1, m2 = arm["masses"]
    bodies = [
        (m1, l1 / 2, None, m1 * l1**2 / 12),
        (m2, l1, l2 / 2, m2 * l2**2 / 12),
        (arm["payload"], l1, l2, 0),
    ]
    total = numpy.zeros((2, 2), dtype=complex)
    both = q[0] + q[1]
    for mass, upper, lower, inertia in bodies:
        first = upper * numpy.array([-numpy.sin(q[0]), numpy.cos(q[0])])
        spin = numpy.array([[1, 0 if lower is None else 1]])
        jacobian = numpy.zeros((2, 2), dtype=complex)
        jacobian[:, 0] += first
        if lower is not None:
            second = lower * numpy.array([-numpy.sin(both), numpy.cos(both)])
            jacobian[:, 0] += second
            jacobian[:, 1] += second
        total += mass * jacobian.T @ jacobian + inertia * spin.T @ spin
    return total


def coriolis(q, v, arm):
    """M' v − ∂(vᵀ M v / 2)/∂q."""
    h = 1e-30
    derivatives = [
        mass_matrix(numpy.asarray(q, dtype=complex) + 1j * h * numpy.eye(2)[i], arm).imag / h
        for i in range(2)
    ]
    rate = sum(d * speed for d, speed in zip(derivatives, v))
    return rate @ v - numpy.array([v @ d @ v / 2 for d in derivatives])


def torques(q, v, a, arm):
    return mass_matrix(q, arm).real @ a + coriolis(q, v, arm) + arm["damping"] * v


def motion(arm, state, actions):
    limits = numpy.array(arm["torqueLimits"])
    states = []
    for action in actions:
        torque = limits * action

        def derivative(_, y):
            q, v = y[:2], y[2:]
            force = torque - coriolis(q, v, arm) - arm["damping"] * v
            return numpy.concatenate([v, numpy.linalg.solve(mass_matrix(q, arm).real, force)])

        state = solve_ivp(
            derivative, (0, STEP), state, method="DOP853", rtol=1e-12, atol=1e-12
        ).y[:, -1]
        states.append(state.tolist())
    return states


def arms(random):
    cases, inverse = [], []
    for index in range(6):
        arm = {
            "lengths": [0.5, 0.5] if index == 0 else random.uniform(0.4, 0.6, 2).tolist(),
            "masses": [1.0, 1.0] if index == 0 else random.uniform(0.5, 2, 2).tolist(),
            "payload": 0.0 if index == 0 else random.uniform(0, 1),
            "damping": 0.1 if index < 5 else 0.0,
            "torqueLimits": [4.0, 2.0],
            "jointLimits": [1e9, 1e9],
        }
        state = numpy.concatenate([random.uniform(-2, 2, 2), random.uniform(-3, 3, 2)])
        # Exact in single precision, in which actions are passed.
        actions = (random.integers(-64, 65, (100, 2)) / 64).tolist()
        cases.append(
            {
                "arm": arm,
                "start": state.tolist(),
                "actions": actions,
                "states": motion(arm, state, numpy.array(actions)),
            }
        )
        for _ in range(5):
            q, v, a = random.uniform(-3, 3, 2), random.uniform(-9, 9, 2), random.uniform(-50, 50, 2)
            inverse.append(
                {
                    "arm": arm,
                    "state": numpy.concatenate([q, v]).tolist(),
                    "accelerations": a.tolist(),
                    "torques": torques(q, v, a, arm).tolist(),
                }
            )
    return {"motions": cases, "inverseDynamics": inverse}


def clothoids(random):
    """Ends of clothoids that begin straight ahead at the origin, by Fresnel's integrals."""
    cases = []
    for _ in range(8):
        length, curvature = random.uniform(0.5, 9), random.uniform(-0.35, 0.35)
        scale = numpy.sqrt(numpy.pi * length / abs(curvature))
        sine, cosine = fresnel(length / scale)
        cases.append(
            {
                "length": length,
                "curvature": curvature,
                "end": [scale * cosine, numpy.sign(curvature) * scale * sine],
            }
        )
    return cases


def main():
    random = numpy.random.default_rng(7)
    content = {
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        **arms(random),
        "clothoids": clothoids(random),
    }
    (FOLDER / "bodies.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
