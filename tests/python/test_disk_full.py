"""Full and read-only disks end a command with one line, and nothing is lost."""

from pathlib import Path

import pytest
from reliability_checks import assert_served
from reliability_disks import disk, require_mount
from runs import folder, minimal_run_here, own_state, write_minimal

from pipeline.core.command import run_command
from pipeline.core.paths import state as paths
from pipeline.engines.session import get_session
from pipeline.export import write_export
from pipeline.land import land
from pipeline.store.export_folders import finished
from pipeline.store.tables import ensure_tables, full_name

pytestmark = pytest.mark.spark
BAD_ENVIRONMENT = 2
FULL = "the disk is full"
ROOM_FOR_TABLES = 20_000_000


@pytest.fixture(autouse=True)
def mounts_are_allowed():
    require_mount()


@pytest.fixture
def minimal(spark):
    """Work on the finished run of the minimal source."""
    run = minimal_run_here()
    with own_state(run.state, "minimal_here"):
        yield run


def assert_one_line(code: int, said: str, message: str) -> None:
    assert code == BAD_ENVIRONMENT
    assert said.count("\n") == 1 and said.startswith("error: "), said
    assert message in said and "Exception" not in said, said


def test_landing_on_a_full_disk_keeps_what_had_landed(spark, capsys):
    state = folder("full-disk")
    with own_state(state, "full_disk"):
        paths().create()
        ensure_tables(spark)
        landed = land(spark, str(write_minimal(state / "first.csv", 3_000)), None)
        more = str(write_minimal(state / "more.csv", 8_000))
        capsys.readouterr()
        with disk(paths().raw, room=20_000):
            code = run_command(lambda: land(spark, more, None) and None)
            assert_one_line(code, capsys.readouterr().err, FULL)
        lines = spark.table(full_name("raw.order_lines"))
        assert lines.count() == landed.raw_rows
        assert land(spark, more, None).raw_rows == lines.count() > landed.raw_rows


def test_a_full_disk_ends_a_shuffle(spark, capsys):
    (blocks,) = Path(get_session().conf.get("spark.local.dir")).glob("blockmgr-*")
    noise = spark.range(300_000).selectExpr("uuid() as noise").groupBy("noise").count()
    with disk(blocks, room=100_000):
        code = run_command(lambda: noise.count() and None)
        assert_one_line(code, capsys.readouterr().err, FULL)
    assert noise.count() == 300_000


def no_more_files(_: Path) -> None:
    """Add nothing to the tables of an export."""


def too_large_a_picture(folder: Path) -> None:
    """Write more than any of the disks has room for, as Python."""
    (folder / "picture.svg").write_bytes(bytes(2 * ROOM_FOR_TABLES))


@pytest.mark.parametrize(
    ("room", "read_only", "add_files", "message"),
    [
        pytest.param(100_000, False, no_more_files, FULL, id="full for Java"),
        pytest.param(ROOM_FOR_TABLES, False, too_large_a_picture, FULL, id="full for Python"),
        pytest.param(100_000, True, no_more_files, "Read-only file system", id="read-only"),
    ],
)
def test_an_export_that_cannot_be_written_leaves_the_one_before(
    spark, minimal, capsys, room, read_only, add_files, message
):
    before = assert_served(minimal.exports)
    kept = finished(minimal.exports)

    def export():
        write_export(spark, f"{before}-again", dict(minimal.manifest), [], add_files)

    with disk(minimal.exports, room=room, read_only=read_only):
        code = run_command(export)
        assert_one_line(code, capsys.readouterr().err, message)
        assert assert_served(minimal.exports) == before
    assert assert_served(minimal.exports) == before
    assert finished(minimal.exports) == kept
    assert {path.name for path in minimal.exports.iterdir()} == {*kept, "current"}
