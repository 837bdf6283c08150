"""A layer of plastic synapses (SPORE) in Brian 2; `spore_rule.py` says what it does.

    python spore_brian.py [--inputs 1000] [--outputs 100]

A step is a simulated second. The network becomes a C++ program of its own (standalone mode), the
fastest that Brian has. It is started anew for every second, and tells how long its main loop took,
without building the network.
"""

import argparse
import tempfile

import spore_rule as rule
from worker import serve


class Spore:
    """The network as Brian's equations."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.inputs, self.outputs = inputs, outputs

    def prepare(self, threads: int) -> str:
        """Writes and compiles the program, and looks at a second of it."""
        import brian2 as b2
        import numpy as np

        b2.prefs.core.default_float_dtype = np.float32
        if threads > 1:
            b2.prefs.devices.cpp_standalone.openmp_threads = threads
        self.folder = tempfile.TemporaryDirectory()
        b2.set_device("cpp_standalone", build_on_run=False)
        self.device = b2.get_device()
        b2.defaultclock.dt = 1 * b2.ms
        b2.seed(0)
        inputs, outputs, synapses = self._network(b2)
        sources, targets = (b2.SpikeMonitor(group, record=False) for group in (inputs, outputs))
        network = b2.Network(inputs, outputs, synapses, sources, targets)
        network.run(1 * b2.second)
        self.device.build(directory=self.folder.name, run=False, with_output=False)
        self.run(1)
        rates = sources.num_spikes / self.inputs, targets.num_spikes / self.outputs
        found = rule.check(*rates, float((synapses.w[:] > 0).mean()))
        return f"brian2 {b2.__version__} C++, {found}"

    def _network(self, b2):
        inputs = b2.NeuronGroup(self.inputs, "f : 1\nd : 1\ny : 1",
                                threshold=f"rand() < {rule.INPUT_PROBABILITY}",
                                reset="f += 1\nd += 1")
        inputs.run_regularly(f"""
            f *= {rule.SLOW}
            d *= {rule.FAST}
            y = {rule.SCALE} * (f - d)
            d *= int(f >= {rule.CUTOFF})
            f *= int(f >= {rule.CUTOFF})
            """, when="start")
        outputs = b2.NeuronGroup(self.outputs, "f : 1\nd : 1\np : 1\nb : 1",
                                 threshold="rand() < p", reset="b += 1",
                                 refractory=(rule.DEAD_STEPS + 1) * b2.ms)
        outputs.run_regularly(f"""
            f *= {rule.SLOW}
            d *= {rule.FAST}
            p = 1 - exp(-1e-3 * exp({rule.SCALE} * (f - d) + {rule.CURRENT}))
            b = -p * int(not_refractory)
            """, when="groups", order=1)
        synapses = b2.Synapses(inputs, outputs, "theta : 1\nw : 1\neligibility : 1\ng : 1\n"
                               "reward : 1 (shared)",
                               on_pre="f_post += w\nd_post += w")
        synapses.connect()
        synapses.theta = f"clip(randn(), {rule.LOWEST}, {rule.HIGHEST})"
        synapses.w = f"int(theta >= 0) * exp(theta - {rule.OFFSET})"
        synapses.run_regularly(f"""
            reward = timestep(t, {rule.REWARD_STEPS}*ms) % {rule.REWARDS}
            eligibility = {rule.ELIGIBILITY} * eligibility + w * y_pre * b_post
            g = {rule.GRADIENT} * g + reward * eligibility
            """, when="end", dt=1 * b2.ms)
        synapses.run_regularly(f"""
            theta += {rule.RATE} * (clip(g, -{rule.LIMIT}, {rule.LIMIT}) - theta)
            theta += {rule.NOISE} * randn()
            theta = clip(theta, {rule.LOWEST}, {rule.HIGHEST})
            w = int(theta >= 0) * exp(theta - {rule.OFFSET})
            eligibility *= int(theta >= 0)
            g *= int(theta >= 0)
            """, when="end", order=1, dt=rule.INTERVAL * b2.ms)
        return inputs, outputs, synapses

    def run(self, steps: int) -> float:
        """Does `steps` simulated seconds; returns the seconds of the main loop."""
        total = 0.0
        for _ in range(steps):
            self.device.run(with_output=False)
            total += self.device._last_run_time
        return total


def main() -> None:
    """Serves the workload that the arguments describe."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("inputs", 1000), ("outputs", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    serve(Spore(options.inputs, options.outputs))


if __name__ == "__main__":
    main()
