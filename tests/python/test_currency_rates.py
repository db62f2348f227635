"""Rates of currencies: the file, the rate in force on a day, and the money that comes of it."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.land.rates import load_rates

DAY = date(2025, 1, 1)
CODES = st.sampled_from(["USD", "JPY", "GBP"])
RATES = st.decimals("0.0000000001", "999999", places=10)
DAYS = st.integers(0, 400).map(lambda days: DAY + timedelta(days))
TABLES = st.dictionaries(st.tuples(CODES, DAYS), RATES, max_size=12)


def written(folder: Path, rows: list[str], header: str = "currency,day,rate") -> Path:
    path = folder / "rates.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@given(table=TABLES, asked=st.lists(st.tuples(CODES, DAYS), max_size=20))
def test_the_rate_in_force_is_the_last_one_until_that_day(tmp_path_factory, table, asked):
    rows = [f"{code},{day},{rate:f}" for (code, day), rate in table.items()]
    rates = load_rates(written(tmp_path_factory.getbasetemp(), rows), "EUR")
    for code, day in asked:
        dated = [(since, rate) for (of, since), rate in table.items() if of == code]
        known = [one for one in dated if one[0] <= day]
        assert rates.at(code, day) == (max(known)[1] if known else None)
        assert rates.at("EUR", day) == 1


def test_a_rate_without_days_holds_always(tmp_path):
    path = written(tmp_path, [" usd , 0.5", "", "EUR,1"], "\ufeffCurrency, Rate")
    rates = load_rates(path, None)
    assert rates.currency == "EUR"
    assert rates.at("USD", date(1950, 1, 1)) == Decimal("0.5")
    assert rates.at("CHF", DAY) is None


def test_the_shops_own_currency_may_be_named(tmp_path):
    path = written(tmp_path, ["USD,2025-01-01,0.5", "BMD,2025-01-01,1"])
    assert load_rates(path, "EUR").currency == "EUR"
    assert load_rates(path, "EUR").at("EUR", DAY) == 1
    assert load_rates(path, None).currency == "BMD"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["USD,2025-01-01,0,5"], "line 2: expected 3 fields"),
        (["USD,2025-01-01,-1"], "line 2: expected a rate above 0"),
        (["USD,2025-01-01,0"], "found 0"),
        (["USD,2025-01-01,"], "found nothing"),
        (["USD,2025-01-01,1e3"], "found 1e3"),
        (["USD,2025-01-01,0.12345678901"], "at most 10 decimals"),
        (["USD,2025-01-01,1000000"], "below a million"),
        (["USD,1.1.2025,0.5"], "line 2: expected a day as YYYY-MM-DD"),
        (["dollar,2025-01-01,0.5"], "DOLLAR is no ISO 4217 code"),
        (["EUR,2025-01-01,1", "", "EUR,2025-01-01,1"], "line 4: EUR has another rate"),
        (["USD,2025-01-01,0.5"], "no currency has the rate 1"),
        (["USD,2025-01-01,1", "EUR,2025-01-01,1"], "USD and EUR have the rate 1"),
        ([], "no currency has the rate 1"),
    ],
)
def test_a_file_of_rates_at_fault_is_one_line(tmp_path, rows, said):
    with pytest.raises(InputError) as refused:
        load_rates(written(tmp_path, rows), None)
    assert said in str(refused.value) and "\n" not in str(refused.value)


def test_the_own_currency_at_another_rate_is_refused(tmp_path):
    path = written(tmp_path, ["EUR,2025-01-01,1.1", "USD,2025-01-01,1"])
    with pytest.raises(InputError, match="the rate of EUR, the shop's own currency, must be 1"):
        load_rates(path, "EUR")


@pytest.mark.parametrize("text", ["", "code,value\n", "currency,rate,day,more\n"])
def test_another_header_is_refused(tmp_path, text):
    (tmp_path / "rates.csv").write_text(text)
    with pytest.raises(InputError, match="expected the columns currency and rate"):
        load_rates(tmp_path / "rates.csv", None)


def test_no_file_and_no_text_are_refused(tmp_path):
    with pytest.raises(InputError, match="expected a csv file of rates"):
        load_rates(tmp_path / "none.csv", None)
    (tmp_path / "rates.csv").write_bytes(b"currency,rate\n\xff\xfe,1")
    with pytest.raises(InputError, match="no csv file in UTF-8"):
        load_rates(tmp_path / "rates.csv", None)
