"""What set-up runs once, so that starts are quicker."""

import os
import subprocess
import sys

from pipeline.engines import warm


def test_what_set_up_runs_comes_to_its_end(tmp_path):
    """Set-up goes on without its archive where this fails, so nobody would see it."""
    state = tmp_path / "state of mine"
    done = subprocess.run(
        [sys.executable, "-c", warm._WARM_UP],
        env={**os.environ, "STATE_DIR": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
