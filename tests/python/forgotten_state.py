"""A state folder that names customers in every place where a command may leave them."""

import csv
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from dashboard_export import HOSTILE_IDS, Shape, write_export

# Builds the classes of all lines, and nothing that a mart of customers needs.
CLASSES = (
    *("--select", "+fct_line_classes", "stg_shop__loads", "--exclude", "tag:thorough"),
    *("--indirect-selection", "buildable"),
)

PERSON = "cust-77-Zoë"
IDS = [PERSON, *HOSTILE_IDS]
OTHER = "cust-78"


_FIELDS = (
    *("order_id", "product_id", "description", "quantity", "unit_price", "amount", "ordered_at"),
    *("customer_id", "country", "unparsed_text"),
)


def line(row: int, **fields: str) -> dict:
    return {"source_file": "lines.csv", "source_row": row, **dict.fromkeys(_FIELDS), **fields}


def lines(person: str) -> list[dict]:
    """Return eight lines: the first seven carry the id, six of them are the customer's."""
    usual = {"order_id": "1", "quantity": "2", "unit_price": "3", "ordered_at": "2011-01-01"}
    return [
        line(1, **usual, customer_id=person),
        line(2, **usual, customer_id=f"  {person} "),
        line(3, **{**usual, "quantity": "many"}, customer_id=person),
        line(4, unparsed_text=f'1,"{person}",2'),
        line(5, unparsed_text=f"1;{person};2"),
        line(6, **{**usual, "quantity": person}, customer_id="3"),
        line(7, **usual, customer_id=OTHER, description=person, country="France"),
        line(8, **usual, customer_id=OTHER, description="CUP", country="France"),
    ]


def make(state: Path, person: str) -> None:
    """Write the state folder."""
    raw = state / "raw" / "order_lines" / "load_id=a"
    raw.mkdir(parents=True)
    table = pa.Table.from_pylist(lines(person))
    strings = pa.schema([(name, pa.string()) for name in table.column_names])
    strings = strings.set(1, pa.field("source_row", pa.int64()))
    pq.write_table(table.cast(strings), raw / "part-0.parquet", row_group_size=3)
    (raw / ".part-0.parquet.crc").write_bytes(b"crc\0")
    loads = state / "raw" / "loads" / "load_id=a"
    loads.mkdir(parents=True)
    pq.write_table(pa.table({"is_decimal_id": [False], "raw_row_count": [8]}), loads / "p.parquet")
    ml = state / "ml" / "customer_segments" / "run_id=r"
    ml.mkdir(parents=True)
    pq.write_table(
        pa.table({"customer_id": [OTHER, person], "segment_id": [1, 2]}), ml / "p.parquet"
    )
    (state / "ml" / "customer_segments" / ".run_id=s.new").mkdir()
    for name in (
        *("warehouse/analytics.db/dim_customers/x", "metastore/seg0/c1.dat", "logs/spark.log"),
        *("data_docs/validations/x.html", "gx/uncommitted/validations/x.json", "tmp/x.csv"),
        *("dbt/target/run_results.json", "demo_300_7.csv", "screenshots/customers.png"),
        "ml/customer_segments/.run_id=s.new/p.parquet",
    ):
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"one {person} two")
    gates = state / "gates" / "r"
    gates.mkdir(parents=True)
    result = {"unexpected_values": f"customer_id {person}; x", "observed_value": "1 of 2"}
    (gates / "mart.json").write_text(json.dumps({"results": [result], "statistics": {"n": 7}}))
    for run_id in ("20111209T000000Z-r1", "20111210T000000Z-r2"):
        folder = write_export(state / "exports", Shape(customers=60, months=2, run_id=run_id))
        _put(folder, person)


def _put(folder: Path, person: str) -> None:
    """Give the last customer of an export another id, in every file."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for path in folder.glob("*.parquet"):
        table = pq.read_table(path)
        if "customer_id" not in table.column_names:
            continue
        at = table.column_names.index("customer_id")
        ids = [person if each == "12400" else each for each in table["customer_id"].to_pylist()]
        pq.write_table(table.set_column(at, "customer_id", pa.array(ids, pa.string())), path)
    gates = pq.read_table(folder / "gate_results.parquet").to_pylist()
    gates[0]["unexpected_values"] = f"customer_id {person}"
    schema = pq.read_schema(folder / "gate_results.parquet")
    pq.write_table(pa.Table.from_pylist(gates, schema=schema), folder / "gate_results.parquet")
    with (folder / "activation.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        sign = "'" if person.startswith("=") else ""
        writer.writerows([("customer_id", "persona"), (sign + person, "Lost"), (OTHER, "Lost")])
    from pipeline.store.export_folders import write_manifest

    write_manifest(folder, manifest)


def holding(state: Path, person: str) -> list[str]:
    """Return the files that hold an id: in their bytes as they are or unpacked, or as values."""
    escaped = person.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    wanted = {person, escaped, json.dumps(person)[1:-1], person.replace('"', '""')}
    found = []
    for path in sorted(path for path in state.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
        if content[:4] == b"PAR1":
            values = pq.read_table(path, partitioning=None).to_pylist()
            content += repr([list(row.values()) for row in values]).encode()
            wanted.add(repr(person)[1:-1])
        if any(text.encode() in content for text in wanted):
            found.append(str(path.relative_to(state)))
    return found
