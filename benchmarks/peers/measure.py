"""Measures one peer by itself: the median of several runs, on standard output.

    .venv-torch/bin/python measure.py [--threads 2] [--steps 10] [--repeats 7] gru.py --batch 32

What follows the script's name goes to the script. It runs under the same interpreter.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Prints one line: script, threads, median, least and greatest seconds per step, note."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--evaluate", action="store_true")
    parser.add_argument("script")
    options, arguments = parser.parse_known_args()
    command = [sys.executable, str(Path(__file__).with_name(options.script)), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as worker:
        def ask(request: str) -> str:
            print(request, file=worker.stdin, flush=True)
            kind, _, answer = worker.stdout.readline().strip().partition(" ")
            if kind in ("", "error"):
                sys.exit(f"{options.script}: {answer or 'the worker ended'}")
            return answer

        note = ask(f"prepare {options.threads}")
        times = [float(ask(f"run {options.steps}")) for _ in range(options.repeats)]
        value = f" value {ask('evaluate')}" if options.evaluate else ""
        print(f"{' '.join([options.script, *arguments])}: {options.threads} threads, "
              f"median {statistics.median(times):.6g} s per step "
              f"({min(times):.6g} to {max(times):.6g}){value}; {note}")
        print("quit", file=worker.stdin, flush=True)


if __name__ == "__main__":
    main()
