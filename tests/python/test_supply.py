"""What is installed is locked, audited and listed; what is written here runs no text as code."""

import ast
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from pipeline.environment.audit import ALLOWED, LOCK, Allowed, judge, load_allowed
from pipeline.environment.licences import TARGET, listed, locked_names

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("bench", "dashboard", "expectations", "ml", "pipeline", "tests")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_CALLS = {
    *("os.system", "os.popen", "os.execl", "os.execlp", "os.execv", "os.execvp", "os.spawnl"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "pd.read_pickle", "pty.spawn"),
    *("yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "asyncio.create_subprocess_shell"),
}
SAFE_LOADERS = {"_Loader", "SafeLoader", "yaml.SafeLoader"}


def faults(tree: ast.AST) -> list[str]:
    """Return what a source file must not do, with the lines."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [each.name for each in node.names]
            if FORBIDDEN_MODULES & {each.split(".")[0] for each in modules}:
                found.append(f"{node.lineno}: {ast.unparse(node)}")
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        keywords = {each.arg: ast.unparse(each.value) for each in node.keywords}
        is_forbidden = (
            called in FORBIDDEN_NAMES
            or called in FORBIDDEN_CALLS
            or keywords.get("shell", "False") != "False"
            or keywords.get("allow_pickle", "False") != "False"
            or (called == "yaml.load" and keywords.get("Loader") not in SAFE_LOADERS)
        )
        if is_forbidden:
            found.append(f"{node.lineno}: {ast.unparse(node)[:80]}")
    return found


def test_no_source_runs_text_as_code():
    assert len(SOURCES) > 100
    found = {
        str(path.relative_to(ROOT)): told
        for path in SOURCES
        if (told := faults(ast.parse(path.read_text())))
    }
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "exec(text)",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "subprocess.Popen(command, shell=flag)",
        "np.load(path, allow_pickle=True)",
        "yaml.load(text)",
        "yaml.load(text, Loader=yaml.Loader)",
        "__import__('os')",
    ],
)
def test_the_search_finds_what_it_is_for(text):
    assert len(faults(ast.parse(text))) == 1


def test_models_are_kept_as_json_and_nothing_is_pickled():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    endings = (".pkl", ".pickle", ".joblib", ".npy", ".pt", ".pem", ".key", ".env")
    assert [name for name in tracked if name.endswith(endings)] == []


def test_every_locked_package_has_hashes():
    lock = LOCK.read_text()
    names = locked_names(lock)
    blocks = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(blocks) >= len(names) > 100
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_list_of_licences_is_current():
    assert TARGET.read_text() == listed(), "make licences"
    assert "not named" not in TARGET.read_text()


ADVISORY = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.0"]}
FOUND = [
    {"name": "a", "version": "1.0", "vulns": [ADVISORY]},
    {"name": "b", "version": "1.0", "vulns": []},
]
DAY = date(2026, 6, 1)


def test_an_advisory_is_a_failure():
    lines, code = judge(FOUND, [], DAY)
    assert code == 1 and "a 1.0 PYSEC-1: fixed in 2.0" in "\n".join(lines)


def test_one_that_is_allowed_passes_until_its_day_is_over():
    allowed = [Allowed("CVE-1", "a", "not reached", DAY)]
    lines, code = judge(FOUND, allowed, DAY)
    assert code == 0 and "accepted until 2026-06-01: not reached" in "\n".join(lines)
    lines, code = judge(FOUND, allowed, date(2026, 6, 2))
    assert code == 1 and "and no longer" in "\n".join(lines)
    assert judge(FOUND, [Allowed("CVE-1", "b", "other", DAY)], DAY)[1] == 1


@pytest.mark.parametrize("packages", [[], [{"name": "a", "skip_reason": "not found"}]])
def test_a_service_that_is_not_reached_is_said_and_fails_nothing(packages):
    lines, code = judge(packages, [], DAY)
    assert code == 0 and "NOTHING was audited" in lines[0]


def test_what_the_service_does_not_know_is_counted():
    lines, _ = judge([*FOUND, {"name": "c", "skip_reason": "not found"}], [], DAY)
    assert "2 locked packages audited" in lines[0] and "1 packages" in lines[1]


def test_the_allow_list_reads():
    assert all(each.reason for each in load_allowed(ALLOWED))
