"""The dashboard runs where there is neither Spark nor Java."""

import os
import subprocess
import sys

from dashboard_support import PROJECT, exports_root

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


def test_every_page_runs_without_spark_and_java():
    code = """
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
    done = run(code, blocked=BLOCKED)
    assert "pages ran" in done.stdout, done.stderr[-2000:]


def test_pictures_need_no_streamlit(tmp_path):
    code = "import dashboard.pictures, dashboard.exports, dashboard.console_rules; print('drew')"
    done = run(code, blocked=BLOCKED | {"streamlit"})
    assert "drew" in done.stdout, done.stderr[-2000:]
