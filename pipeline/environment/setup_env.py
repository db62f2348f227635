"""Make the virtual environment from the lock file; the standard library is enough.

Run by ``make setup`` with the machine's own Python:
``python3 pipeline/environment/setup_env.py [--venv .venv] [--group dashboard]``.
"""

import argparse
import os
import shlex
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
LOWEST = (3, 11)


def main() -> int:
    """Set up and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="folder to make")
    parser.add_argument("--group", help="install only this dependency group of pyproject.toml")
    options = parser.parse_args()
    if sys.version_info < LOWEST:
        print(
            f"error: Python {sys.version.split()[0]} runs this; {LOWEST[0]}.{LOWEST[1]} or later "
            "is needed; name one: make PYTHON=python3.12 ...",
            file=sys.stderr,
        )
        return 2
    try:
        venv.create(options.venv, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(
            f"error: {options.venv}: no virtual environment could be made ({error}); on Debian "
            "and Ubuntu: apt-get install python3-venv",
            file=sys.stderr,
        )
        return 2
    python = options.venv.resolve() / "bin" / "python"
    try:
        install(python, options.group)
    except subprocess.CalledProcessError as error:
        print(
            f"error: the packages of {LOCK.name} could not be installed "
            f"(exit code {error.returncode} above); check the connection to the package index",
            file=sys.stderr,
        )
        return 2
    make_importable(python)
    write_activation(options.venv.resolve())
    return 0


def install(python: Path, group: str | None) -> None:
    """Install what the lock file names, every file checked by its hash.

    uv is itself in the lock file; pip brings it and it brings the rest.
    """
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.lock.txt"
        only_uv.write_text(locked_block(LOCK.read_text(), "uv"))
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", str(only_uv)], check=True)
    uv = [str(python.parent / "uv"), "pip", "install", "--quiet", "--require-hashes"]
    chosen = (
        ["--group", f"{ROOT / 'pyproject.toml'}:{group}", "-c", str(LOCK)]
        if group
        else ["-r", str(LOCK)]
    )
    # What is imported is compiled then; UV_COMPILE_BYTECODE=1 compiles everything now, for an
    # environment beside which Python may not write later.
    subprocess.run([*uv, "--python", str(python), *chosen], check=True)


def locked_block(text: str, package: str) -> str:
    """Return the lines of a lock file that pin one package."""
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(f"{package}=="))
    end = begin + 1
    while end < len(lines) and lines[end].startswith("    --hash"):
        end += 1
    return "\n".join(lines[begin:end]).rstrip("\\ ") + "\n"


def make_importable(python: Path) -> None:
    """Let every command of the environment import the project, dbt's included."""
    where = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = subprocess.run([str(python), "-c", where], check=True, capture_output=True, text=True)
    target = Path(site.stdout.strip()) / "customer_segmentation.pth"
    target.write_text(f"{ROOT}\n{ROOT / 'pipeline' / 'dbt'}\n")


def write_activation(folder: Path) -> None:
    """Let ``source activate`` say where dbt finds its profile and state."""
    begin = "# customer-segmentation: settings of plain dbt and Python commands"
    script = folder / "bin" / "activate"
    text = script.read_text().split(begin)[0].rstrip("\n")
    state = os.environ.get("STATE_DIR", "").strip()
    state_root = (ROOT / state if state else ROOT / ".state").resolve()
    settings = [
        f"export DBT_PROFILES_DIR={shlex.quote(str(ROOT / 'profiles'))}",
        f'export STATE_DIR="${{STATE_DIR:-{state_root}}}"',
        'export DBT_LOG_PATH="$STATE_DIR/logs"',
    ]
    script.write_text("\n".join([text, "", begin, *settings, ""]))


if __name__ == "__main__":
    sys.exit(main())
