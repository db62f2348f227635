"""An export for others: keyed hashes for customers, no descriptions, and no key anywhere."""

import csv
import hashlib
import hmac
import json

import pyarrow.parquet as pq
import pytest
import runs
from query_values import values

from dashboard.database import execute, open_export, query_names
from dashboard.exports import current_folder, read_manifest, verify
from pipeline.cli import main
from pipeline.core.errors import InputError
from pipeline.privacy.pseudonyms import PSEUDONYM_KEY, Pseudonyms

KEY = "kept-by-the-owner-of-the-shop"


@pytest.mark.parametrize("key", ["", "   ", "too short"])
@pytest.mark.parametrize("switch", ["flag", "variable"])
def test_without_a_key_nothing_starts(key, switch, monkeypatch, capsys):
    monkeypatch.setenv(PSEUDONYM_KEY, key)
    arguments = ["run", "--lines", "300"]
    if switch == "variable":
        monkeypatch.setenv("SEGMENTATION_VARS", '{"pseudonymous_export": true}')
    else:
        arguments.append("--pseudonymous")
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and PSEUDONYM_KEY in said
    assert key.strip() == "" or key not in said


def test_the_variable_is_true_or_false(monkeypatch, capsys):
    monkeypatch.setenv("SEGMENTATION_VARS", '{"pseudonymous_export": "yes"}')
    assert main(["run"]) == 2
    assert "expected true or false" in capsys.readouterr().err


def test_pseudonyms_are_what_they_are_said_to_be():
    pseudonyms = Pseudonyms(KEY)
    for customer_id in ("17850", "Zoë", "o'Hara; drop table x"):
        expected = hmac.new(KEY.encode(), customer_id.encode(), hashlib.sha256).hexdigest()
        assert pseudonyms.of(customer_id) == expected
    assert pseudonyms.of("1") != Pseudonyms(KEY + "!").of("1")


def test_the_key_is_not_shown(monkeypatch):
    pseudonyms = Pseudonyms(KEY)
    assert KEY not in f"{pseudonyms!r} {pseudonyms.manifest()}"
    monkeypatch.setenv(PSEUDONYM_KEY, KEY[:10])
    with pytest.raises(InputError) as raised:
        Pseudonyms.from_environment()
    assert KEY[:10] not in str(raised.value)


@pytest.fixture(scope="module")
def pseudonymous(tmp_path_factory):
    """Export the tables of a finished run once more, with pseudonyms."""
    from ml.activation import write_activation
    from pipeline.engines.session import get_session
    from pipeline.export import write_export

    finished = runs.minimal_run_here()
    spark = get_session("tests")
    state = tmp_path_factory.mktemp("pseudonymous")
    pseudonyms = Pseudonyms(KEY)
    manifest = finished.manifest
    run_id = manifest["run_id"]

    def add_files(folder):
        write_activation(spark, run_id, folder / "activation.csv", pseudonyms.of)

    with runs.own_state(state, "minimal_here"):
        (state / "exports").mkdir()
        gate = {"gate": "mart", "success": False, "unexpected_values": "customer_id 12345"}
        write_export(spark, run_id, manifest, [gate], add_files, pseudonyms)
    return finished, state / "exports"


@pytest.mark.spark
def test_every_id_is_the_keyed_hash_of_one_that_was(pseudonymous):
    finished, exports = pseudonymous
    pseudonyms = Pseudonyms(KEY)
    tables = 0
    for path in sorted(current_folder(exports).glob("*.parquet")):
        hidden = pq.read_table(path)
        if path.name == "gate_results.parquet":
            assert hidden["unexpected_values"].to_pylist() == [""]
            continue
        plain = pq.read_table(finished.export / path.name)
        assert hidden.schema.equals(plain.schema) and len(hidden) == len(plain)
        if "customer_id" not in hidden.column_names:
            continue
        tables += 1
        if path.stem == "rejected_line_examples":
            assert set(hidden["description"].to_pylist()) <= {None}
            continue
        found = hidden["customer_id"].to_pylist()
        assert sorted(found) == sorted(map(pseudonyms.of, plain["customer_id"].to_pylist()))
        if path.stem == "customer_segments":
            # The order of the rows says nothing about the ids.
            assert found == sorted(found)
            spent = dict(zip(found, hidden["monetary"].to_pylist(), strict=True))
            assert spent == {
                pseudonyms.of(row["customer_id"]): row["monetary"] for row in plain.to_pylist()
            }
    assert tables >= 5


@pytest.mark.spark
def test_the_activation_list_carries_them_too(pseudonymous):
    finished, exports = pseudonymous
    found, plain = (
        list(csv.DictReader((folder / "activation.csv").open(newline="")))
        for folder in (current_folder(exports), finished.export)
    )
    pseudonyms = Pseudonyms(KEY)
    assert {row["customer_id"] for row in found} == {
        pseudonyms.of(row["customer_id"]) for row in plain
    }
    assert len(found) == len(plain) > 0
    # Among equals the order is that of the pseudonyms, which tells nothing of the ids.
    order = [(-float(row["expected_spend"]), row["customer_id"]) for row in found]
    assert order == sorted(order)


@pytest.mark.spark
def test_the_manifest_says_so_and_no_file_holds_the_key(pseudonymous):
    finished, exports = pseudonymous
    manifest = json.loads((current_folder(exports) / "manifest.json").read_text())
    assert manifest["pseudonyms"] == {"method": "HMAC-SHA256", "key_id": Pseudonyms(KEY).key_id}
    assert finished.manifest["pseudonyms"] is None
    for root in (exports, finished.state / "logs"):
        for path in root.rglob("*"):
            assert not path.is_file() or KEY.encode() not in path.read_bytes()


@pytest.mark.spark
def test_the_dashboard_reads_it(pseudonymous):
    export = read_manifest(current_folder(pseudonymous[1]))
    verify(export)
    with open_export(export) as con:
        params = values(export, con)
        for name in query_names():
            execute(con, name, params)
        page = execute(con, "customers/page", params)
    assert len(page) and page["customer_id"].str.fullmatch("[0-9a-f]{64}").all()
