"""A layer of plastic synapses (SPORE) in JAX; `spore_rule.py` says what it does.

    python spore_jax.py [--inputs 1000] [--outputs 100] [--variant best|steps|unrolled|blocks]

A step is a simulated second, one jitted function. `steps` scans over milliseconds and advances
every synapse in each, `unrolled` ten of them at a time; `blocks` keeps what 100 ms need and adds it up in
two products of matrices.
"""

import argparse

import spore_rule as rule
from worker import fastest, serve


class Spore:
    """The network as scans over steps and intervals."""

    def __init__(self, inputs: int, outputs: int, choice: str) -> None:
        self.inputs, self.outputs, self.choice = inputs, outputs, choice

    def prepare(self, threads: int) -> str:
        """Loads JAX, now that the processors are chosen, compiles and looks at a second."""
        import jax
        import jax.numpy as jnp

        def moments(state, spikes, chance):
            """A step of filters and neurons: what the synapses see of it."""
            last, (f, d), (slow, fast, dead), fired, weight = state
            f, d = f * rule.SLOW, d * rule.FAST
            value, lives = rule.SCALE * (f - d), f >= rule.CUTOFF
            filters = jnp.where(lives, f, 0) + spikes, jnp.where(lives, d, 0) + spikes
            places = jnp.nonzero(last, size=64, fill_value=self.inputs)[0]  # about ten fire
            arriving = weight.at[places].get(mode="fill", fill_value=0).sum(0)
            slow, fast = slow * rule.SLOW + arriving, fast * rule.FAST + arriving
            p = -jnp.expm1(-1e-3 * jnp.exp(rule.SCALE * (slow - fast) + rule.CURRENT))
            spike = (dead == 0) & (chance < p)
            trace = jnp.where(dead == 0, spike - p, 0)
            dead = jnp.where(spike, rule.DEAD_STEPS, jnp.maximum(dead - 1, 0))
            fired += jnp.array([spikes.sum(), spike.sum()])
            return (spikes, filters, (slow, fast, dead), fired, weight), value, trace

        def by_steps(unroll):
            """Advances all synapses in every step."""
            def interval(state, e, g, draws):
                def step(carry, draw):
                    state, e, g = carry
                    spikes, chance, reward = draw
                    state, value, trace = moments(state, spikes, chance)
                    e = e * rule.ELIGIBILITY + state[-1] * (value[:, None] * trace)
                    return (state, e, g * rule.GRADIENT + reward * e), None

                return jax.lax.scan(step, (state, e, g), draws, unroll=unroll)[0]

            return interval

        def by_blocks(state, e, g, draws):
            """Advances all synapses once in an interval."""
            def step(state, draw):
                state, value, trace = moments(state, *draw[:2])
                return state, (value, trace)

            def carry(later, reward):
                later = reward[0] * reward[1] + rule.ELIGIBILITY * later
                return later, later

            state, (values, traces) = jax.lax.scan(step, state, draws)
            powers = jnp.arange(rule.INTERVAL - 1, -1, -1)
            decays = rule.GRADIENT ** powers
            later, carries = jax.lax.scan(carry, 0.0, (draws[2], decays), reverse=True)
            weight = state[-1]
            g = (g * rule.GRADIENT ** rule.INTERVAL + rule.ELIGIBILITY * later * e
                 + weight * (values.T @ (traces * carries[:, None])))
            e = (e * rule.ELIGIBILITY ** rule.INTERVAL
                 + weight * (values.T @ (traces * (rule.ELIGIBILITY ** powers)[:, None])))
            return state, e, g

        def weigh(theta):
            return jnp.where(theta >= 0, jnp.exp(theta - rule.OFFSET), 0)

        def second(interval):
            def block(carry, key):
                theta, weight, e, g, state, first = carry
                keys = jax.random.split(key, 3)
                spikes = jax.random.uniform(keys[0], (rule.INTERVAL, self.inputs))
                chances = jax.random.uniform(keys[1], (rule.INTERVAL, self.outputs))
                times = first + jnp.arange(rule.INTERVAL)
                rewards = (times // rule.REWARD_STEPS % rule.REWARDS).astype(jnp.float32)
                draws = (spikes < rule.INPUT_PROBABILITY).astype(jnp.float32), chances, rewards
                state, e, g = interval((*state, weight), e, g, draws)
                theta += (rule.RATE * (jnp.clip(g, -rule.LIMIT, rule.LIMIT) - theta)
                          + rule.NOISE * jax.random.normal(keys[2], theta.shape))
                theta = jnp.clip(theta, rule.LOWEST, rule.HIGHEST)
                active = theta >= 0
                e, g = jnp.where(active, e, 0), jnp.where(active, g, 0)
                return (theta, weigh(theta), e, g, state[:-1], first + rule.INTERVAL), None

            def run(key, theta, weight, e, g, *state):
                key, draw = jax.random.split(key)
                blocks = jax.random.split(draw, rule.STEPS // rule.INTERVAL)
                (theta, weight, e, g, state, _), _ = jax.lax.scan(
                    block, (theta, weight, e, g, state, 0), blocks)
                return key, theta, weight, e, g, *state

            return jax.jit(run, donate_argnums=(1, 2, 3, 4))

        key, first = jax.random.split(jax.random.key(0))
        theta = jnp.clip(jax.random.normal(first, (self.inputs, self.outputs)),
                         rule.LOWEST, rule.HIGHEST)
        source, target = jnp.zeros(self.inputs), jnp.zeros(self.outputs)
        self.state = (key, theta, weigh(theta), jnp.zeros_like(theta), jnp.zeros_like(theta),
                      source, (source, source), (target, target, target.astype(int)),
                      jnp.zeros(2))
        self.seconds = {"steps": second(by_steps(1)), "unrolled": second(by_steps(10)),
                        "blocks": second(by_blocks)}
        if self.choice == "best":
            self.choice = fastest({
                name: lambda n, name=name: self._run(name, n) for name in self.seconds})
        before = self.state[-1]
        self.run(3)
        fired = (self.state[-1] - before) / 3
        found = rule.check(float(fired[0]) / self.inputs, float(fired[1]) / self.outputs,
                           float((self.state[2] > 0).mean()))
        return f"jax {jax.__version__} {self.choice}, {found}"

    def run(self, steps: int) -> None:
        """Does `steps` simulated seconds and waits for the last."""
        self._run(self.choice, steps)

    def _run(self, name: str, steps: int) -> None:
        for _ in range(steps):
            self.state = self.seconds[name](*self.state)
        self.state[-1].block_until_ready()


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("inputs", 1000), ("outputs", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--variant", default="best")
    options = parser.parse_args()
    serve(Spore(options.inputs, options.outputs, options.variant))


if __name__ == "__main__":
    main()
