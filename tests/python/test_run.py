"""The whole job once, as a user types it, and its export read with DuckDB."""

import hashlib
from decimal import Decimal

import pytest
from runs import DEMO_LINES, demo_run, minimal_run, pipeline

from ml.measures import adjusted_rand_index
from pipeline import summary
from pipeline.demo import demo_truth

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def demo():
    return demo_run()


def test_summary_names_segments_lines_and_what_next(demo):
    profiles = demo.query("select persona, recommended_action from segment_profiles")
    for persona, action in profiles:
        assert persona in demo.stdout
        assert action.split(maxsplit=1)[0] in demo.stdout
    assert "make dashboard" in demo.stdout and "Data Docs" in demo.stdout
    assert "Traceback" not in demo.stderr and "java." not in demo.stderr


@pytest.mark.parametrize(
    ("part", "text"), [(0, "0%"), (0.002, "<1%"), (0.005, "<1%"), (0.126, "13%"), (1, "100%")]
)
def test_a_share_that_is_not_nothing_is_not_told_as_nothing(part, text):
    assert summary._share(part) == text


def test_every_raw_line_is_kept_or_rejected(demo):
    account = demo.manifest["account"]
    ((rows, amount),) = demo.query("select sum(row_count), sum(amount) from line_classes")
    assert rows == account["raw_rows"] == account["kept_rows"] + account["rejected_rows"]
    assert amount == Decimal(account["raw_amount"])


def test_segments_are_big_enough_to_act_on_and_none_swallows_everyone(demo):
    shares = [s for (s,) in demo.query("select customer_share from segment_profiles")]
    assert 2 <= len(shares) <= 8
    assert sum(shares) == pytest.approx(1)
    personas = demo.query("select count(*), count(distinct persona) from segment_profiles")
    assert personas[0][0] == personas[0][1]


def test_the_behaviours_that_the_demo_was_made_of_are_found_again(demo):
    truth = demo_truth(DEMO_LINES)
    found = dict(
        demo.query(
            "select customer_id, segment_id from customer_segments where run_id = "
            "(select max(run_id) from segment_profiles)"
        )
    )
    both = truth[truth.customer_id.isin(found)]
    assert len(both) == len(found) > 400
    segments = both.customer_id.map(found).to_numpy()
    behaviours = both.behaviour.astype("category").cat.codes.to_numpy()
    assert adjusted_rand_index(behaviours, segments) >= 0.6


def test_manifest_lists_every_file_with_its_checksum(demo):
    export = demo.export
    found = {p.relative_to(export).as_posix() for p in export.rglob("*") if p.is_file()}
    listed = {table["file"]: table["sha256"] for table in demo.manifest["tables"].values()}
    listed.update(demo.manifest["files"])
    assert found == {*listed, "manifest.json"}
    for name, checksum in listed.items():
        assert hashlib.sha256((export / name).read_bytes()).hexdigest() == checksum


def test_nothing_is_littered_into_the_working_directory(demo):
    assert demo.littered == set()


def test_a_failed_run_leaves_the_export_in_place(demo, tmp_path):
    before = demo.export.resolve()
    bad = tmp_path / "bad.csv"
    bad.write_text("who,what\n1,2\n")
    done = pipeline(demo.state, "run", "--data", str(bad))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert str(bad) in done.stderr and "Traceback" not in done.stderr
    assert demo.export.resolve() == before


@pytest.fixture(scope="module")
def minimal():
    return minimal_run()


def test_the_minimal_source_runs_whole_and_leaves_out_what_it_cannot_know(minimal):
    manifest = minimal.manifest
    assert manifest["source"]["name"] == "minimal"
    assert not any(manifest["source"][f"has_{name}"] for name in ("product", "quantity", "country"))
    assert manifest["gates"]["failed"] == 0
    ((customers, named, countries, products),) = minimal.query(
        """
        select count(*), count(rfm_segment), count(customers.country), count(product_count)
        from customer_segments left join customers using (customer_id)
        """
    )
    assert customers == named > 100
    assert (countries, products) == (0, 0)
    assert minimal.query("select count(*) from segment_products") == [(0,)]
    assert len(minimal.query("select distinct persona from segment_profiles")) >= 2


def test_the_minimal_source_accounts_for_every_line_and_nets_returns(minimal):
    account = minimal.manifest["account"]
    counts = dict(minimal.query("select line_class, row_count from line_classes"))
    assert sum(counts.values()) == account["raw_rows"]
    assert counts["sale"] and counts["return"] and counts["no_customer"]
    assert minimal.query("select count(*) > 0 from customers where returned_amount > 0") == [
        (True,)
    ]


def test_a_segment_without_customers_is_no_segment_of_the_headline(monkeypatch, tmp_path):
    filled = {
        "segment_id": 1, "persona": "Loyal Customers", "customer_count": 40,
        "customer_share": 1.0, "revenue_share": 1.0, "median_recency_days": 14.0,
        "median_frequency": 8.0, "median_monetary": 8415.0, "recommended_action": "Thank them",
    }  # fmt: skip
    empty = {**filled, "segment_id": 2, "persona": "New Customers", "customer_count": 0,
             "recommended_action": "Welcome them"}  # fmt: skip
    monkeypatch.setattr(summary, "_profiles", lambda _: [filled, empty])
    manifest = {
        "as_of_date": "2025-11-02",
        "model": {"silhouette": None, "stability": None},
        "source": {"amounts": "EUR"},
    }
    text = summary._segments(tmp_path, manifest)
    assert text.startswith("1 segment of 40 customers")
    assert "2 New Customers" in text and "nobody now" in text and "Welcome" not in text
