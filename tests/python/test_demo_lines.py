"""The made-up shop is the same each time, of the size asked for, and soiled as promised."""

import gzip
import hashlib

import duckdb
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import InputError
from pipeline.demo import BEHAVIOURS, FIRST_DAY, HEADER, LAST_DAY, demo_truth, write_demo

LINES = 20_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return DuckDB with a demo's lines, as written and as they are meant."""
    path = write_demo(tmp_path_factory.mktemp("demo") / "demo.csv", LINES, 7)
    db = duckdb.connect()
    db.execute(f"create table raw as select * from read_csv('{path}', all_varchar = true)")
    db.execute(
        """create view line as select InvoiceNo as invoice, upper(trim(StockCode)) as code,
        Quantity::bigint as units, UnitPrice::decimal(18, 2) as price,
        strptime(InvoiceDate, '%m/%d/%Y %H:%M') as moment,
        regexp_replace(trim(CustomerID), '\\.0$', '') as customer, Description as text,
        Country as country from raw"""
    )
    db.register("truth", demo_truth(LINES, 7))
    yield db
    db.close()


def one(demo, query: str):
    return demo.execute(query).fetchone()[0]


@pytest.mark.parametrize("lines", [200, 1234, LINES])
def test_it_has_exactly_the_lines_asked_for(tmp_path, lines):
    path = write_demo(tmp_path / "demo.csv", lines)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(",".join(HEADER) + "\n")
    assert text.count("\n") == lines + 1


def test_the_same_size_and_seed_give_the_same_bytes(tmp_path):
    def checksum(name: str, seed: int) -> str:
        return hashlib.sha256(write_demo(tmp_path / name, 3000, seed).read_bytes()).hexdigest()

    assert checksum("a.csv", 1) == checksum("b.csv", 1) != checksum("c.csv", 2)
    assert checksum("a.csv.gz", 1) == checksum("b.csv.gz", 1)
    packed = gzip.decompress((tmp_path / "a.csv.gz").read_bytes())
    assert packed == (tmp_path / "a.csv").read_bytes()
    table = pq.read_table(write_demo(tmp_path / "a.parquet", 3000, 1))
    assert table.num_rows == 3000 and tuple(table.column_names) == HEADER
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "arguments",
    [("a.csv", 10), ("a.csv", 10**10), ("a.csv", 1000, -1), ("a.json", 1000), ("a.csv", 1e4)],
)
def test_sizes_seeds_and_endings_that_are_refused(tmp_path, arguments):
    with pytest.raises(InputError):
        write_demo(tmp_path / arguments[0], *arguments[1:])


def test_it_holds_the_dirt_of_real_shops(demo):
    """Each kind of dirt is there, and none of it is the rule."""
    shares = {
        "units < 0 and invoice like 'C%'": (0.01, 0.03),
        "customer is null": (0.1, 0.25),
        "units < 0 and price = 0 and invoice not like 'C%'": (0.001, 0.01),
        "price = 0 and units > 0": (0.001, 0.01),
        "code in ('POST', 'DOT', 'M', 'D', 'C2', 'BANK CHARGES', 'AMAZONFEE', 'S')": (0.003, 0.02),
        "text <> trim(text)": (0.05, 0.3),
        "regexp_matches(text, '[^\\x00-\\x7f]')": (0.01, 0.2),
        "text like '%,%' or text like '%\"%'": (0.01, 0.2),
        "text is null": (0.0001, 0.01),
    }
    for condition, (low, high) in shares.items():
        share = one(demo, f"select avg(({condition})::int) from line")
        assert low < share < high, condition
    assert one(demo, "select count(*) from line where invoice like 'A%' and price <> 0") == 3
    assert 0.01 < one(demo, "select avg((CustomerID like '%.0')::int) from raw") < 0.05
    assert one(demo, "select count(*) from raw where StockCode <> upper(StockCode)") > 0
    assert one(demo, "select count(*) from raw where CustomerID <> trim(CustomerID)") > 0
    repeated = one(
        demo, "select count(*) - (select count(*) from (select distinct * from raw)) from raw"
    )
    assert LINES * 0.01 <= repeated < LINES * 0.015


def test_most_cancellations_match_an_earlier_order(demo):
    matched = one(
        demo,
        """select avg(exists(select 1 from line s where s.customer = c.customer and s.code = c.code
        and s.units >= -c.units and s.price = c.price and s.moment < c.moment
        and s.invoice not like 'C%')::int)
        from line c where c.invoice like 'C%' and c.code ~ '^[0-9]'""",
    )
    assert 0.85 < matched < 1


def test_the_period_and_the_calendar(demo):
    first, last = demo.execute("select min(moment)::date, max(moment)::date from line").fetchone()
    assert first == FIRST_DAY and (LAST_DAY - last).days <= 1
    assert (
        one(
            demo,
            "select count(*) from line where invoice not like 'C%' and units > 0 "
            "and customer in (select customer_id from truth) and dayofweek(moment) = 6 "
            "and code ~ '^[0-9]'",
        )
        < 0.01 * LINES
    )
    # November and December sell more than any two months of the summer.
    assert one(
        demo,
        """select count(*) filter (month(moment) = 11 and year(moment) = 2024)
        > count(*) filter (month(moment) = 7) from line""",
    )


def test_the_truth_tells_the_behaviours_apart(demo):
    names = {kind.name for kind in BEHAVIOURS}
    assert abs(sum(kind.share for kind in BEHAVIOURS) - 1) < 1e-9
    found = demo.execute(
        f"""with one as (select customer, max(moment) as latest, count(distinct invoice) as orders,
        sum(units * price) as spent from line where invoice not like 'C%' and units < 10000
        and code ~ '^[0-9]' group by customer)
        select behaviour, count(*), median(date_diff('day', latest, date '{LAST_DAY}')),
        median(orders), median(spent) from truth join one on customer = customer_id
        group by behaviour"""
    ).fetchall()
    recency = {name: days for name, _, days, _, _ in found}
    orders = {name: count for name, _, _, count, _ in found}
    spent = {name: money for name, _, _, _, money in found}
    assert set(recency) == names
    assert sum(count for _, count, _, _, _ in found) >= 0.99 * one(
        demo, "select count(*) from truth"
    )
    assert recency["champion"] < 21 and recency["lapsed"] > 150 and recency["new"] < 60
    assert orders["champion"] > 2 * orders["regular"] > 4 * orders["seasonal_gift"]
    assert spent["wholesale"] == max(spent.values())
    assert orders["seasonal_gift"] <= 2


def test_the_truth_is_one_row_a_customer():
    truth = demo_truth(5000, 3)
    assert list(truth.columns) == ["customer_id", "behaviour"]
    assert truth["customer_id"].is_unique and truth["behaviour"].notna().all()
