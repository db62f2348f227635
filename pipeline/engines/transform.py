"""Run dbt inside this process, on this process's session."""

import errno
import json
import os
import sys
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from pyspark.sql import SparkSession

from pipeline.core.engine import is_sail
from pipeline.core.errors import GateFailed
from pipeline.core.log import is_verbose
from pipeline.core.paths import analytics_schema, project_root, state

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.contracts.graph.manifest import Manifest

__all__ = ["AFTER_ML", "BEFORE_ML", "build", "parse", "preload"]

_SEGMENT_PATHS = (
    "path:models/staging/ml",
    "path:models/intermediate/segments",
    "path:models/marts/segments",
)

# A test runs with the half that has all its parents: none reads a table of
# the other half that the last run left behind. Eager exclusion drops every
# test that touches an excluded model. `thorough` tests repeat upstream what a
# mart's own tests would find; `dbt build` and `dbt test` run them all.
BEFORE_ML = ("--exclude", *_SEGMENT_PATHS, "tag:thorough", "--indirect-selection", "eager")
AFTER_ML = (
    *("--select", *_SEGMENT_PATHS, "--exclude", "tag:thorough"),
    *("--indirect-selection", "buildable"),
)


_parsed: dict[tuple[str, ...], "Manifest"] = {}
_parsing = Lock()


class TransformFailed(Exception):
    """A model or seed could not be built."""


def preload() -> None:
    """Import dbt and its adapter, for example while Java starts."""
    plugin_folder = str(project_root() / "pipeline" / "dbt")
    if plugin_folder not in sys.path:
        sys.path.append(plugin_folder)
    import dbt.adapters.spark.impl
    import dbt.cli.main
    import dbt.task.build  # noqa: F401


def build(spark: SparkSession, selection: tuple[str, ...], variables: dict[str, object]) -> int:
    """Build a half of the models with its seeds and data tests.

    Parameters
    ----------
    spark : SparkSession
        This process's session; dbt's statements run on it.
    selection : tuple of str
        ``BEFORE_ML`` or ``AFTER_ML``.
    variables : dict
        Values that override the vars of ``dbt_project.yml``.

    Returns
    -------
    int
        How many nodes (models, seeds, tests) were built and passed.

    Raises
    ------
    GateFailed
        If a data test failed; the message names each.
    TransformFailed
        If a model or seed could not be built.
    """
    preload()
    from dbt.cli.main import dbtRunner

    arguments = ("build", *selection, "--exclude-resource-type", "unit_test")
    log = state().logs / "spark.log"
    said = log.stat().st_size if log.is_file() else 0
    # dbt writes what it compiles into the project that it is given.
    project = parse(spark, variables).deepcopy()
    common = _arguments(_target(spark), variables)
    outcome = dbtRunner(manifest=project).invoke([*arguments, *common])
    # dbt-spark turns ANSI off on the shared session; everyone else has it on.
    spark.conf.set("spark.sql.ansi.enabled", "true")
    if outcome.exception is not None:
        raise outcome.exception
    results = list(cast("RunExecutionResult", outcome.result).results)
    broken = [r for r in results if str(r.status) == "error"]
    failed = [r for r in results if str(r.status) == "fail"]
    if broken:
        first = broken[0]
        reason = " ".join((first.message or "").split())[:400]
        raise TransformFailed(f"dbt could not build {first.node.name}: {reason}") from _full_disk(
            log, said
        )
    if failed:
        names = "; ".join(f"{r.node.name} ({r.message})" for r in failed[:5])
        raise GateFailed(
            f"{len(failed)} dbt tests failed: {names}; the last export stays; rows: dbt test "
            f"--select {failed[0].node.name} --store-failures"
        )
    return len(results)


def parse(spark: SparkSession, variables: dict[str, object]) -> "Manifest":
    """Return the project as dbt reads it, from the second call on without reading it again.

    Parameters
    ----------
    spark : SparkSession
        This process's session, which says what dbt's target is.
    variables : dict
        Values that override the vars of ``dbt_project.yml``.

    Returns
    -------
    Manifest
        The same object while target, state folder, schema and variables are the same; who runs dbt
        with it copies it first.

    Raises
    ------
    Exception
        Whatever dbt raises of a project or profile that it can't read.
    """
    preload()
    from dbt.cli.main import dbtRunner

    target = _target(spark)
    key = (str(state().root), analytics_schema(), target, json.dumps(variables, sort_keys=True))
    with _parsing:
        if key not in _parsed:
            outcome = dbtRunner().invoke(["parse", *_arguments(target, variables)])
            if outcome.exception is not None:
                raise outcome.exception
            _parsed.clear()
            _parsed[key] = cast("Manifest", outcome.result)
        return _parsed[key]


def _arguments(target: str, variables: dict[str, object]) -> list[str]:
    root = project_root()
    os.environ["DBT_LOG_PATH"] = str(state().logs)
    return [
        *("--project-dir", str(root), "--profiles-dir", str(root / "profiles")),
        *("--target", target, "--vars", json.dumps(variables)),
        *(() if is_verbose() else ("--quiet", "--log-level", "none")),
    ]


def _target(spark: SparkSession) -> str:
    """Return the target of a session that is there already, whichever plain dbt would take."""
    return os.environ.get("DBT_TARGET") or ("sail" if is_sail(spark) else "spark")


def _full_disk(log: Path, since: int) -> OSError | None:
    """Return a full disk that Java's log tells of; dbt hands on an error's first line only."""
    if not log.is_file():
        return None
    with log.open("rb") as file:
        file.seek(since if since <= log.stat().st_size else 0)
        found = os.strerror(errno.ENOSPC).encode() in file.read()
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) if found else None
