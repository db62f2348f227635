"""A table of Spark's own catalogue lands like a file; Sail has no such catalogue."""

import pyarrow as pa
import pytest
from test_land_lines import TYPED, config, lines

from pipeline.core.errors import InputError
from pipeline.land import land


@pytest.mark.spark
def test_a_spark_table_lands(spark, tmp_path):
    frame = spark.createDataFrame(pa.table(TYPED)).repartition(3)
    frame.createOrReplaceTempView("shop_lines")
    source = config(tmp_path, format="table")
    report = land(spark, "shop_lines", source)
    assert report.files[0].source_file == "shop_lines"
    assert sorted(lines(spark, "order_id", "amount")) == [
        ("489434", "1.50"),
        ("489435", "-2.25"),
        ("489436", None),
    ]
    assert sorted(row for (row,) in lines(spark, "source_row")) == [1, 2, 3]
    frame.coalesce(1).createOrReplaceTempView("shop_lines")
    assert not land(spark, "shop_lines", source).files[0].read_again
    frame.union(frame).createOrReplaceTempView("shop_lines")
    assert land(spark, "shop_lines", source).raw_rows == 6
    for name in ("no_such_table", "a; drop table b", "`x`", "../x"):
        with pytest.raises(InputError, match="table"):
            land(spark, name, source)
