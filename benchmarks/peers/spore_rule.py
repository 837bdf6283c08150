"""What the SPORE peers share: the constants of the rule, and what must come out of it.

A layer of plastic synapses, all to all, between Poisson inputs and stochastic spike response
neurons. In every step of 1 ms, with presynaptic filters f and d, b = spike − p of the neuron
behind the synapse and the reward R,

    e ← a e + w κ (f − d) b
    g ← c g + R e

and in every hundredth of them

    θ ← clip(θ + βΔ (μ' − θ + clip(g)) + N(0, √(2TβΔ)))
    w ← exp(θ − 3) where θ ≥ 0, else 0, and e and g are forgotten
"""

from math import exp, sqrt

STEPS, INTERVAL = 1000, 100  # of a simulated second, and of a step of θ
REWARD_STEPS, REWARDS = 20, 10  # the reward is 0, 1 … 9, each for 20 steps
INPUT_PROBABILITY = 1 - exp(-10e-3)  # 10 Hz

SLOW, FAST, SCALE, CUTOFF = exp(-1 / 20), exp(-1 / 2), 20 / 18, 1e-4
ELIGIBILITY, GRADIENT = exp(-1 / 1000), exp(-1 / 50_000)
RATE = 5e-8 * INTERVAL
NOISE = sqrt(2 * 0.1 * RATE)
LOWEST, HIGHEST, LIMIT, OFFSET = -2.0, 5.0, 40.0, 3.0

CURRENT, DEAD_STEPS = -3.0, 5


def check(input_rate: float, output_rate: float, active: float) -> str:
    """Refuses rates in Hz and a fraction of active synapses that the rule does not lead to.

    The inputs drive the neurons so hard that they fire again right after their dead time.
    """
    if not (9 < input_rate < 11 and 155 < output_rate < 175 and 0.45 < active < 0.55):
        raise ValueError(f"inputs fire at {input_rate:.1f} Hz, neurons at {output_rate:.1f} Hz, "
                         f"and {active:.0%} of the synapses are active")
    return f"{input_rate:.1f} and {output_rate:.0f} Hz"
