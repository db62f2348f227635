"""The dashboard runs where there is neither Spark nor Java."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from dashboard_support import PROJECT, exports_root

from dashboard.serving import server

BLOCKER = """
import importlib.abc, sys

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked!r}:
            raise ImportError("not in this environment: " + name)

sys.meta_path.insert(0, Blocker())
"""
BLOCKED = {
    "pyspark", "py4j", "dbt", "great_expectations", "pipeline", "ml", "expectations", "sklearn",
    "numba", "calamine", "pydantic",
}  # fmt: skip


def run(code: str, *, blocked: set[str]) -> subprocess.CompletedProcess:
    environment = {
        "PATH": "/nowhere",
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(PROJECT),
        "EXPORTS_DIR": str(exports_root("short")),
    }
    return subprocess.run(
        [sys.executable, "-c", BLOCKER.format(blocked=blocked) + code],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=180,
    )


PAGES = """
import importlib.util
for name in ("pyspark", "py4j", "dbt", "great_expectations"):
    assert importlib.util.find_spec(name) is None, name
from streamlit.testing.v1 import AppTest
from dashboard.navigation import PAGES
for name, _, _ in PAGES:
    app = AppTest.from_file("dashboard/streamlit_app.py", default_timeout=90).run()
    if name != "overview":
        app.switch_page(f"app_pages/{name}.py").run()
    assert not app.exception, app.exception
    assert len(app.title), name
print("pages ran")
"""


@pytest.fixture(scope="module")
def dashboard_python(tmp_path_factory) -> Path:
    """Return the Python of a new environment that holds the dashboard's group and no more."""
    venv = tmp_path_factory.mktemp("dashboard") / "venv"
    done = subprocess.run(
        [
            sys.executable,
            "pipeline/environment/setup_env.py",
            "--venv",
            str(venv),
            "--group",
            "dashboard",
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"the dashboard's packages could not be installed: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr[-2000:]
    return venv / "bin" / "python"


def test_every_page_runs_in_an_environment_without_spark_and_java(dashboard_python):
    exports = str(exports_root("short"))
    done = subprocess.run(
        [str(dashboard_python), "-c", PAGES],
        env={"PATH": "/nowhere", "HOME": "/nowhere", "EXPORTS_DIR": exports},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert "pages ran" in done.stdout, done.stderr[-2000:]


def test_the_dashboard_is_served_from_that_environment(dashboard_python):
    with (
        server(exports_root("short"), python=dashboard_python, PATH="/nowhere") as address,
        urllib.request.urlopen(address, timeout=20) as answer,
    ):
        assert b"<title>" in answer.read()


def test_pictures_need_no_streamlit(tmp_path):
    names = ("pictures", "report", "exports", "console_rules")
    code = "".join(f"import dashboard.{name}\n" for name in names) + "print('drew')"
    done = run(code, blocked=BLOCKED | {"streamlit"})
    assert "drew" in done.stdout, done.stderr[-2000:]
