"""A layer of plastic synapses (SPORE) in PyTorch; `spore_rule.py` says what it does.

    python spore.py [--inputs 1000] [--outputs 100] [--variant best|steps|compile|blocks|...]

A step is a simulated second. `steps` advances every synapse in every millisecond, `compile` does so
in one fused loop for twenty of them; `blocks` keeps what 100 ms need and adds it up in two products
of matrices, `blocks+compile` compiles its neurons.
"""

import argparse

import torch
from torch import Tensor

import spore_rule as rule
from worker import fastest, serve


def neurons(arriving: Tensor, chance: Tensor, slow: Tensor, fast: Tensor,
            dead: Tensor) -> tuple[Tensor, ...]:
    """One step of all neurons: their traces and spikes, and their new state."""
    slow = slow * rule.SLOW + arriving
    fast = fast * rule.FAST + arriving
    p = -torch.expm1(-1e-3 * torch.exp(rule.SCALE * (slow - fast) + rule.CURRENT))
    awake = dead == 0
    spike = awake & (chance < p)
    trace = torch.where(awake, spike.to(p.dtype) - p, 0.0)
    dead = torch.where(spike, rule.DEAD_STEPS, (dead - 1).clamp(min=0))
    return trace, spike, slow, fast, dead


def filters(spikes: Tensor, slow: Tensor, fast: Tensor) -> tuple[Tensor, ...]:
    """One step of presynaptic filters: their values, and their state after new spikes."""
    slow, fast = slow * rule.SLOW, fast * rule.FAST
    lives = slow >= rule.CUTOFF
    value = rule.SCALE * (slow - fast)
    return value, torch.where(lives, slow, 0.0) + spikes, torch.where(lives, fast, 0.0) + spikes


class Spore:
    """The network, with what the variants of its step have in common."""

    def __init__(self, inputs: int, outputs: int, choice: str) -> None:
        self.inputs, self.outputs, self.choice = inputs, outputs, choice

    def prepare(self, threads: int) -> str:
        """Builds the network, picks the variant and looks at a second of it."""
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.theta = torch.randn(self.inputs, self.outputs).clamp(rule.LOWEST, rule.HIGHEST)
        self.weight = torch.where(self.theta >= 0, torch.exp(self.theta - rule.OFFSET), 0.0)
        self.eligibility = torch.zeros_like(self.theta)
        self.gradient = torch.zeros_like(self.theta)
        self.last = torch.zeros(self.inputs)
        self.filters = (torch.zeros(self.inputs),) * 2
        self.neurons = (*(torch.zeros(self.outputs),) * 2, torch.zeros(self.outputs, dtype=int))
        powers = torch.arange(rule.INTERVAL - 1, -1, -1, dtype=torch.float64)
        self.powers = rule.ELIGIBILITY ** powers, rule.GRADIENT ** powers
        self.variants = {
            "steps": self.by_steps(several_steps),
            "compile": self.by_steps(torch.compile(several_steps, dynamic=False)),
            "blocks": self.by_blocks(several_traces),
            "blocks+compile": self.by_blocks(torch.compile(several_traces, dynamic=False)),
        }
        with torch.inference_mode():
            if self.choice == "best":
                runs = {name: lambda n, name=name: self._run(name, n) for name in self.variants}
                self.choice = fastest(runs, steps=1)
            self.fired = [0.0, 0.0]
            self.run(3)
        rates = (n / 3 / size for n, size in zip(self.fired, (self.inputs, self.outputs)))
        found = rule.check(*rates, (self.weight > 0).float().mean().item())
        return f"torch {torch.__version__} {self.choice}, {found}"

    def by_steps(self, several):
        """A variant that advances all synapses in every step."""
        def interval(spikes, chances, rewards):
            for part in range(0, rule.INTERVAL, rule.REWARD_STEPS):
                steps = slice(part, part + rule.REWARD_STEPS)
                self.fired[1] += self._several(several, spikes[steps], chances[steps],
                                               rewards[part])
        return interval

    def _several(self, several, spikes, chances, reward):
        (fired, self.last, self.filters, self.neurons, self.eligibility,
         self.gradient) = several(spikes, chances, reward, self.last, self.filters, self.neurons,
                                  self.weight, self.eligibility, self.gradient)
        return fired

    def by_blocks(self, several):
        """A variant that advances all synapses once in an interval."""
        def interval(spikes, chances, rewards):
            values, traces = [], []
            for part in range(0, rule.INTERVAL, rule.REWARD_STEPS):
                steps = slice(part, part + rule.REWARD_STEPS)
                fired, value, trace, self.last, self.filters, self.neurons = several(
                    spikes[steps], chances[steps], self.last, self.filters, self.neurons,
                    self.weight)
                values.append(value)
                traces.append(trace)
                self.fired[1] += fired
            self._add(torch.cat(values), torch.cat(traces), rewards)
        return interval

    def _add(self, values: Tensor, traces: Tensor, rewards: Tensor) -> None:
        """Adds the products of an interval: what a step adds to e and, through it, to g."""
        a, c = self.powers
        carry, later = torch.zeros(rule.INTERVAL, dtype=torch.float64), 0.0
        for step in reversed(range(rule.INTERVAL)):
            later = float(rewards[step] * c[step]) + rule.ELIGIBILITY * later
            carry[step] = later
        old = self.eligibility
        self.gradient *= rule.GRADIENT ** rule.INTERVAL
        self.gradient += rule.ELIGIBILITY * later * old
        self.gradient += self.weight * (values.T @ (traces * carry.float()[:, None]))
        old *= rule.ELIGIBILITY ** rule.INTERVAL
        old += self.weight * (values.T @ (traces * a.float()[:, None]))

    def update(self) -> None:
        """The step of θ."""
        pull = self.gradient.clamp(-rule.LIMIT, rule.LIMIT) - self.theta
        self.theta.add_(pull, alpha=rule.RATE).add_(torch.randn_like(pull), alpha=rule.NOISE)
        self.theta.clamp_(rule.LOWEST, rule.HIGHEST)
        active = self.theta >= 0
        self.weight = torch.where(active, torch.exp(self.theta - rule.OFFSET), 0.0)
        self.eligibility *= active
        self.gradient *= active

    def run(self, steps: int) -> None:
        """Does `steps` simulated seconds."""
        with torch.inference_mode():
            self._run(self.choice, steps)

    def _run(self, name: str, steps: int) -> None:
        interval = self.variants[name]
        self.fired = [0.0, 0.0]
        for block in range(steps * rule.STEPS // rule.INTERVAL):
            spikes = torch.rand(rule.INTERVAL, self.inputs) < rule.INPUT_PROBABILITY
            spikes = spikes.float()
            times = torch.arange(block * rule.INTERVAL, (block + 1) * rule.INTERVAL)
            rewards = (times // rule.REWARD_STEPS % rule.REWARDS).float()
            interval(spikes, torch.rand(rule.INTERVAL, self.outputs), rewards)
            self.fired[0] += float(spikes.sum())
            self.update()


def several_steps(spikes, chances, reward, last, filter_state, neuron_state, weight, e, g):
    """Some steps of everything; the synapses in every one of them."""
    fired = 0.0
    for new, chance in zip(spikes.unbind(), chances.unbind()):
        value, *filter_state = filters(new, *filter_state)
        trace, spike, *neuron_state = neurons(last @ weight, chance, *neuron_state)
        e = e.mul_(rule.ELIGIBILITY).addcmul_(weight, value[:, None] * trace)
        g = g.mul_(rule.GRADIENT).add_(reward * e)
        fired, last = fired + spike.sum(), new
    return fired, last, tuple(filter_state), tuple(neuron_state), e, g


def several_traces(spikes, chances, last, filter_state, neuron_state, weight):
    """Some steps of filters and neurons alone, with the values of both."""
    values, traces, fired = [], [], 0.0
    for new, chance in zip(spikes.unbind(), chances.unbind()):
        value, *filter_state = filters(new, *filter_state)
        trace, spike, *neuron_state = neurons(last @ weight, chance, *neuron_state)
        values.append(value)
        traces.append(trace)
        fired, last = fired + spike.sum(), new
    return (fired, torch.stack(values), torch.stack(traces), last, tuple(filter_state),
            tuple(neuron_state))


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
