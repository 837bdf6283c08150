"""The line protocol between `make bench` and a peer.

A worker is a process that lives as long as the benchmark and does nothing unless asked, so that
ours and theirs take turns on one machine. One request a line on standard input, one answer a line
on standard output; all other output goes to standard error.

    prepare THREADS   build, compile and warm up           ready NOTE
    run N             time N steps                         seconds PER_STEP
    evaluate          quality after training, if any       value NUMBER
    quit              end (so does the end of the input)

NOTE names the library's version and the variant chosen. What goes wrong is answered by
`error REASON`. `prepare` comes once: the number of threads is fixed for the life of the process.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO


class Workload(Protocol):
    """What a peer script defines."""

    def prepare(self, threads: int) -> str:
        """Gets ready to run on `threads` threads; returns the note."""

    def run(self, steps: int) -> float | None:
        """Does `steps` steps and returns when they are finished.

        Returns how many seconds they took, where not all that was done is part of them.
        """


def serve(workload: Workload) -> None:
    """Answers requests until the input ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # libraries may print; the answers stay clean
    for line in sys.stdin:
        words = line.split()
        if words == ["quit"]:
            return
        try:
            answers.write(_answer(workload, words) + "\n")
        except Exception as error:  # noqa: BLE001 - the harness must hear of it
            _refuse(answers, error)


def _answer(workload: Workload, words: list[str]) -> str:
    match words:
        case ["prepare", threads]:
            pin(int(threads))
            return f"ready {workload.prepare(int(threads))}"
        case ["run", steps]:
            start = time.perf_counter()
            own = workload.run(int(steps))
            taken = time.perf_counter() - start if own is None else own
            return f"seconds {taken / int(steps):.9g}"
        case ["evaluate"] if hasattr(workload, "evaluate"):
            return f"value {workload.evaluate():.6g}"
    raise ValueError(f"unknown request: {' '.join(words)}")


def _refuse(answers: TextIO, error: Exception) -> None:
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    answers.write(f"error {reason[:300]}\n")


def pin(threads: int) -> None:
    """Restricts the process to `threads` processors; libraries size their pools by it."""
    allowed = sorted(os.sched_getaffinity(0))
    if not 1 <= threads <= len(allowed):
        raise ValueError(f"{threads} threads on {len(allowed)} processors")
    os.sched_setaffinity(0, allowed[:threads])
    os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)


def seconds(work: Callable[[], object]) -> float:
    """The wall time of `work`."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fastest(candidates: dict[str, Callable[[int], object]], steps: int = 3) -> str:
    """The name of the candidate with the shortest of three runs, after a warm-up."""
    best = {}
    for name, run in candidates.items():
        try:
            run(2)
            best[name] = min(seconds(lambda: run(steps)) for _ in range(3)) / steps
            print(f"{name}: {best[name]:.6f} s per step", file=sys.stderr)
        except Exception as error:  # noqa: BLE001 - a variant may need a compiler
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
    if not best:
        raise RuntimeError("no variant runs here")
    return min(best, key=best.__getitem__)
