"""What set-up runs once so that later starts are quicker."""

import os
import subprocess
import sys

from pipeline import warm


def test_what_set_up_runs_comes_to_its_end(tmp_path):
    """Set-up goes on without its archive where this fails, so nobody would see it."""
    done = subprocess.run(
        [sys.executable, "-c", warm._WARM_UP],
        env={**os.environ, "STATE_DIR": str(tmp_path), "MASTER": "local[1]"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "metastore").is_dir()
    assert not list((tmp_path / "warehouse").rglob("*.parquet"))
