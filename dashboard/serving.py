"""Start the dashboard for a script or a test, and drive it with Debian's chromium."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM_OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    """Return the path of a chromium on this machine, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def server(exports: Path, python: Path | None = None, **variables: str) -> Iterator[str]:
    """Serve the dashboard on a free port of 127.0.0.1.

    Parameters
    ----------
    exports : Path
        Folder that holds ``current``.
    python : Path, optional
        Interpreter to serve with; this one by default.
    **variables
        Environment variables that override this process's.

    Yields
    ------
    str
        The address, without a slash at its end; the server ends with the block.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    project = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(
        [str(python or sys.executable), "-m", "dashboard", f"--server.port={port}"],
        cwd=project,
        env={**os.environ, "EXPORTS_DIR": str(exports.resolve()), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen, health: str, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the dashboard stopped with code {process.returncode}")
        try:
            urllib.request.urlopen(health, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the dashboard did not start in time")


@contextmanager
def browser() -> Iterator[Any]:
    """Yield a playwright browser on the machine's own chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_OPTIONS)
        try:
            yield opened
        finally:
            opened.close()


def settled(page: Any, seconds: float = 30) -> None:
    """Wait until the app has run and its charts are drawn."""
    limit = seconds * 1000
    page.wait_for_selector("[data-testid='stMainBlockContainer'] h1", timeout=limit)
    page.wait_for_function(
        """() => !document.querySelector("[data-testid='stApp'][data-test-script-state='running']")
            && !document.querySelector("[data-testid='stSkeleton']")""",
        timeout=limit,
    )
    page.wait_for_timeout(700)
