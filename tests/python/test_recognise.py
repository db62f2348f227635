"""A file of an unknown layout without a CONFIG: goes on where nothing is open, else asks."""

import pytest
from test_inspect_orders import german, write

from pipeline.cli import main
from pipeline.core.errors import InputError
from pipeline.land.config_files import load_config
from pipeline.recognise import recognise


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """Give each test a state folder of its own."""
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_sure_draft_is_taken_and_told_in_one_line(tmp_path, state, capfd):
    path = german(tmp_path)
    config = recognise(str(path))
    assert config == state / "drafts" / "verkauf.yml"
    assert load_config(config).carry == ["customer_id", "status", "currency"]
    said = capfd.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert "order_id = Bestellung" in said.err and "customer_id = E-Mail" in said.err
    assert "counted_statuses ['bezahlt']" in said.err and str(config) in said.err
    # The same file has the same draft; one that was edited is left alone.
    assert recognise(str(path)) == config
    config.write_text(config.read_text() + "# mine\n")
    assert recognise(str(path)) == state / "drafts" / "verkauf-2.yml"


def test_a_shipped_layout_needs_no_draft(tmp_path, state):
    path = write(tmp_path / "a.csv", "customer,order,timestamp,amount", ["a,1,2025-01-13,5"])
    assert recognise(str(path)) is None and not state.exists()


def test_open_questions_stop_the_run_with_the_draft(tmp_path, state, capfd):
    rows = [f"o{n},{'x' if n < 20 else n},2025-01-13,{n}.50" for n in range(40)]
    path = write(tmp_path / "shop.csv", "order,customer,date,total", rows)
    assert main(["run", "--data", str(path)]) == 2
    said = capfd.readouterr()
    assert said.err.count("\n") == 1 and said.err.startswith("error: ")
    draft = state / "drafts" / "shop.yml"
    assert "leaves 1 question open" in said.err and f"CONFIG={draft}" in said.err
    assert "one id stands on 50%" in said.out and "The id on most records is x." in said.out
    # A draft is kept, and no customer with it.
    text = draft.read_text()
    assert "# ! customer_id: one id" in text and " x" not in text
    load_config(draft)


def test_what_is_no_table_has_no_draft(tmp_path, state):
    (tmp_path / "a.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9)
    with pytest.raises(InputError, match="no shipped source config fits") as caught:
        recognise(str(tmp_path / "a.csv"))
    assert "\n" not in str(caught.value) and not state.exists()
