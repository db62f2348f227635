"""Java is found where it is, fetched where it is not, and asked for in one line."""

import os
import stat
from pathlib import Path

import pytest

from pipeline.core.errors import InputError
from pipeline.engines import java
from pipeline.environment import fetch_java


def make_java(home: Path, version: str) -> Path:
    binary = home / "bin" / "java"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return home


@pytest.fixture
def no_java(monkeypatch, tmp_path):
    """Hide every Java of this machine from the process."""
    empty = tmp_path / "empty"
    empty.mkdir()
    for tool in ("sh", "bash"):
        (empty / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.setattr(java, "_FOLDERS", (f"{tmp_path}/usr/lib/jvm/*",))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "major"), [("17.0.15", 17), ("21", 21), ("1.8.0_402", 8), ("25.0.1", 25)]
)
def test_version_is_read(tmp_path, text, major):
    assert java.java_version(make_java(tmp_path / "jdk", text)) == major


def test_java_home_is_taken_first(no_java, monkeypatch):
    make_java(no_java / "usr/lib/jvm/other", "17.0.1")
    mine = make_java(no_java / "mine", "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(mine))
    assert java.find_java() == mine


def test_unsupported_java_is_passed_over(no_java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(make_java(no_java / "new", "25.0.1")))
    usable = make_java(no_java / "usr/lib/jvm/usable", "17.0.1")
    assert java.find_java() == usable


def test_no_java_is_one_line_saying_what_was_found_and_what_to_install(no_java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(make_java(no_java / "old", "11.0.2")))
    with pytest.raises(InputError) as missing:
        java.find_java()
    text = str(missing.value)
    assert "11 in" in text and "\n" not in text
    for system in ("Debian", "macOS", "Windows"):
        assert system in text


def stub_apt(folder: Path, install: str) -> None:
    apt = folder / "empty" / "apt-get"
    apt.write_text(f'#!/bin/sh\ncase "$1" in install) {install};; esac\n')
    apt.chmod(0o755)


def test_debian_package_is_installed_where_this_user_may(no_java, monkeypatch):
    """apt-get puts Java where Debian does, and it is found there."""
    real = make_java(no_java / "package", "17.0.15")
    folder = no_java / "usr/lib/jvm"
    folder.mkdir(parents=True)
    log = no_java / "asked"
    stub_apt(no_java, f'echo "$@" > {log}; /bin/cp -r {real} {folder}/java-17-openjdk')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert fetch_java.ensure_java(no_java / "fetched") == folder / "java-17-openjdk"
    assert "openjdk-17-jre-headless" in log.read_text()


def test_temurin_is_fetched_where_apt_may_not_be_used(no_java, monkeypatch):
    import jdk

    stub_apt(no_java, "exit 1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(
        jdk, "install", lambda version, path: make_java(Path(path) / "jdk-17", version)
    )
    assert fetch_java.ensure_java(no_java / "fetched") == no_java / "fetched" / "jdk-17"


def test_where_neither_way_works_one_line_says_what_was_tried(no_java, monkeypatch):
    import jdk

    def unreachable(version, path):
        raise OSError("no route")

    stub_apt(no_java, "echo 'E: no package' >&2; exit 100")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(jdk, "install", unreachable)
    with pytest.raises(InputError) as missing:
        fetch_java.ensure_java(no_java / "fetched")
    text = str(missing.value)
    assert "no package" in text and "Temurin" in text and "\n" not in text
