"""A gate that was killed while it wrote leaves nothing that the next one stumbles over."""

import pytest
from expectations_tables import RUN_ID, sound_shop

from expectations.context import forget_context
from expectations.gates import run_gate
from pipeline.core.paths import state

pytestmark = [pytest.mark.spark, pytest.mark.sail]


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    yield
    forget_context()


@pytest.mark.parametrize("left", [0, 40], ids=["emptied", "cut short"])
def test_files_cut_short_are_made_anew(spark, left):
    shop = sound_shop(spark)
    assert run_gate(spark, "raw", RUN_ID, shop)
    mark = state().root / "gx.unfinished"
    assert not mark.exists()
    written = [
        path for path in (state().root / "gx").rglob("*") if path.suffix in (".json", ".yml")
    ]
    assert len(written) > 3
    for path in written:
        path.write_bytes(path.read_bytes()[:left])
    mark.touch()
    forget_context()
    assert all(result.success for result in run_gate(spark, "raw", RUN_ID, shop))
    assert not mark.exists()
