"""What set-up runs once, and what Java is told, so that starts and runs are quicker."""

import json
import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pyspark

from pipeline import session, warm


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
    assert "1 compiler directives added" in (state / "logs" / "jvm.log").read_text()


def test_what_the_compiler_is_kept_from_is_there():
    """A package that a newer Spark moves would be compiled again, and nobody would see it."""
    (directive,) = json.loads(Path(session.__file__).with_name("java_compiler.json").read_text())
    folders = [pattern.removesuffix("*.*") for pattern in directive["match"]]
    classes = [
        name
        for jar in (Path(pyspark.__file__).parent / "jars").glob("*.jar")
        for name in ZipFile(jar).namelist()
    ]
    for folder in folders:
        if not folder.startswith("jdk/"):
            assert any(name.startswith(folder) for name in classes), folder
