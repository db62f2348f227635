"""Time runs in one live session: ``python -m bench.live LINES.csv RUNS``."""

import json
import sys
import time

from pipeline.core.command import run_command
from pipeline.run import RunOptions, run

__all__ = ["main"]


def main(data: str, runs: int) -> None:
    """Print the seconds of each run as JSON; the first starts Spark and lands the lines."""
    seconds = []
    for _ in range(runs):
        begun = time.monotonic()
        run(RunOptions(data=data))
        seconds.append(round(time.monotonic() - begun, 2))
    print(json.dumps(seconds))


if __name__ == "__main__":
    sys.exit(run_command(lambda: main(sys.argv[1], int(sys.argv[2]))))
