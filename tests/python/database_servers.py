"""Debian's PostgreSQL and MariaDB, each started in a folder of its own for the tests."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

__all__ = ["PASSWORD", "free_port", "mariadb_server", "postgres_bin", "postgres_server"]

PASSWORD = "not in the address"


def postgres_bin() -> Path | None:
    """Return the folder of Debian's newest PostgreSQL server."""
    return max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _folder_of(user: str) -> Iterator[tuple[Path, list[str]]]:
    """Make a folder that a server's user can reach, and say how to work as that user."""
    # pytest's own folders are closed to others, and a server refuses to work as root.
    folder = Path(tempfile.mkdtemp(prefix=f"{user}-"))
    as_user = ["runuser", "-u", user, "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, user)
    try:
        yield folder, as_user
    finally:
        shutil.rmtree(folder)


def _run(*words: str) -> None:
    # A test's own password is none of the server's administrator.
    kept = {name: value for name, value in os.environ.items() if name != "MYSQL_PWD"}
    done = subprocess.run(
        words, cwd="/", env=kept, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def postgres_server() -> Iterator[str]:
    """Start a server that asks for a password, and give the address of a database in it."""
    programs = postgres_bin()
    if programs is None:
        pytest.skip("Debian's package postgresql is not installed")
    with _folder_of("postgres") as (folder, user):
        word = folder / "password"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        port = free_port()
        data = str(folder / "data")
        _run(*user, str(programs / "initdb"), "-D", data, "-A", "scram-sha-256", "-U", "reader",
             f"--pwfile={word}")  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        control = (*user, str(programs / "pg_ctl"), "-D", data)
        _run(*control, "-w", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://127.0.0.1:{port}/postgres"
        finally:
            _run(*control, "-m", "immediate", "stop")


@contextmanager
def mariadb_server(statements: str) -> Iterator[tuple[str, Path]]:
    """Start a server, and give the address of the database ``shop`` in it and its certificate.

    The user ``reader`` has every right there, and a password.
    """
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    if not Path(server).exists():
        pytest.skip("Debian's package mariadb-server is not installed")
    with _folder_of("mysql") as (folder, user):
        port, data = free_port(), str(folder / "data")
        certificate, key = _certificate(folder)
        first = (*user, "mariadb-install-db", "--no-defaults", f"--datadir={data}")
        _run(*first, "--auth-root-authentication-method=normal", "--skip-test-db")
        about = (f"--datadir={data}", f"--socket={folder}/socket", f"--port={port}")
        begin = (
            "create database shop character set utf8mb4;\n"
            f"create user reader@'127.0.0.1' identified by '{PASSWORD}';\n"
            "grant all on *.* to reader@'127.0.0.1';"
        )
        (folder / "begin.sql").write_text(f"{begin}\nuse shop;\n{statements}")
        # A session of ours in the same process leaves files readable by their owner only.
        (folder / "begin.sql").chmod(0o644)
        started = subprocess.Popen(
            [
                *(*user, server, "--no-defaults", *about, "--bind-address=127.0.0.1"),
                *(f"--init-file={folder}/begin.sql", f"--ssl-cert={certificate}"),
                *(f"--ssl-key={key}", "--innodb-flush-method=nosync", "--skip-name-resolve"),
            ],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("w"),
        )
        ask = ("mariadb-admin", "--no-defaults", f"--socket={folder}/socket", "-uroot")
        try:
            # The statements are done before it answers.
            _run(*ask, "--wait=60", "--connect-timeout=2", "ping")
            yield f"mysql://127.0.0.1:{port}/shop", certificate
        finally:
            _run(*ask, "shutdown")
            started.wait(60)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(host, False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(form))
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(form, *plain))
    for path in paths:
        path.chmod(0o644)
    return paths
