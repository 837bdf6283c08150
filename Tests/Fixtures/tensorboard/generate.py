"""Writes scalars.tfevents: a few records as the tensorboard package itself frames and encodes them.

    pip install tensorboard && python generate.py
"""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter


def event(wall_time: float, step: int, scalars: dict[str, float]) -> Event:
    """One record with the numbers of a step."""
    values = [Summary.Value(tag=tag, simple_value=value) for tag, value in scalars.items()]
    return Event(wall_time=wall_time, step=step, summary=Summary(value=values))


def main() -> None:
    """Writes the file beside this script."""
    with Path(__file__).with_name("scalars.tfevents").open("wb") as file:
        writer = RecordWriter(file)
        events = [
            Event(wall_time=1_700_000_000.25, file_version="brain.Event:2"),
            event(1_700_000_001.25, 0, {"return": 0.5}),
            event(1_700_000_002.25, 128, {"loss/value": -1.5e-7, "grad norm µ": 3.0}),
            event(1_700_000_003.25, 2**40, {"zero": 0.0, "nan": float("nan"), "inf": float("inf")}),
            event(1_700_000_004.25, 5, {"x" * 300: 1e30}),
        ]
        for record in events:
            writer.write(record.SerializeToString())
        writer.flush()


if __name__ == "__main__":
    main()
