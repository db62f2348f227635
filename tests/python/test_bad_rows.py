"""Rows that no shop means: each ends in the class that fits it, and all are counted."""

import pytest
import runs
from bad_inputs import FILLING, ROWS, all_rows
from forgotten_state import CLASSES

from pipeline.cli import main


@pytest.mark.spark
@pytest.mark.sail
def test_every_bad_row_ends_in_its_class_and_all_are_counted(spark, tmp_path):
    """All the rows in one file, cleaned by dbt: kept and rejected are the raw ones."""
    from pipeline.engines.transform import build
    from pipeline.manifest import account

    with runs.landing_place(spark, tmp_path / "state", "bad_rows"):
        path = tmp_path / "rows.csv"
        path.write_text(all_rows())
        assert main(["land", "--data", str(path)]) == 0
        build(spark, CLASSES, {})
        total = len(FILLING) + len(ROWS)
        found = account(spark, total)
        assert found["kept_rows"] + found["rejected_rows"] == found["raw_rows"] == total
        lines = spark.table("bad_rows.int_order_lines_classified").select(
            "source_row", "line_class"
        )
        classes = {row.source_row: row.line_class for row in lines.collect()}
        wrong = {
            name: (classes[at], expected)
            for at, (name, (_, expected)) in enumerate(ROWS.items(), start=len(FILLING) + 1)
            if classes[at] != expected
        }
        assert wrong == {}
