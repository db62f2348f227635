"""The long comparison of both engines: the retailer's file, and lines that no shop means."""

import csv
import random
from pathlib import Path
from shutil import rmtree

from bad_inputs import NAMES, all_rows
from engine_tables import dbt, differences, with_durable_tables
from runs import pipeline, retail_lines

_QUANTITIES = (
    *("1", "-1", "0", "12", "-12", "0.001", "-0.001", "1.0005", "1e3", "1E-3", "-2.5e+1", "1e99"),
    *("999999999.999", "-999999999.999", "1000000000", "1000000000.001", "", " ", "abc", "+5"),
    *(".5", "5.", "1,5", "NaN", "Infinity", "0x1", "1_0", "٣", "1.000", "-0"),
)
_PRICES = (
    *("2.55", "0", "-1", "0.000001", "0.0000001", "1e-6", "1e-7", "999999999.999999", "1000000000"),
    *("1000000000.000001", "0.001", "1.123456", "1.1234565", "", "free", "£2", "1e9", "-0.0"),
)
_DATES = (
    *("12/1/2010 8:26", "2/29/2011 9:00", "2/29/2012 9:00", "1/1/1900 0:00", "12/31/1899 23:59"),
    *("12/31/2099 23:59", "1/1/2100 0:00", "1/1/0001 0:00", "13/1/2011 8:00", "6/31/2011 8:00"),
    *("3/27/2011 1:30", "10/30/2011 1:30", "", "now", "2011-12-09 12:50:00", "12/9/2011 24:00"),
)
_CODES = (
    *("85123A", "85123a", "POST", "post", "BANK CHARGES", "GIFT_0001_20", "DCGS0076", "TEST001"),
    *("", " 22 ", "x" * 300, "12", "ÄÖÜ123", "ß123", "ı123", "😀123", "a.b*c(", "\\d", "'", '"'),
)
_TEXTS = (
    *("CUP", " CUP ", "", "SET OF 3", "ÅÄÖ", "e\u0301", "é", "😀", "\u00a0x\u00a0", "ﬁ", "a'b"),
    *('a"b', "a\\b", "?", "damaged", "=1+1", "\u200b"),
)
_CUSTOMERS = (
    "17850",
    "17850.0",
    "13047",
    "",
    " ",
    "ß",
    "SS",
    "ss",
    "0017850",
    "id 7",
    "é",
    "e\u0301",
)
_COUNTRIES = ("France", "EIRE", "", "Unspecified", "Ünland", "france")
_ORDERS = ("536365", "C536365", "c536366", "A563185", "536367", "", "😀1", " 536368 ")


def compare_engines(folder: Path, seed: int) -> list[str]:
    """Build the same lines on both engines and return what differs; all is kept to look into.

    Parameters
    ----------
    folder : Path
        Where the state folders go.
    seed : int
        Of the lines that are made up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = folder / "rows.csv"
    rows.write_text(all_rows())
    sources = {
        "rows": (rows, "{}"),
        "dirt": (_write_dirt(folder / "dirt.csv", seed), "{}"),
        "kept copies": (folder / "dirt.csv", '{"duplicates": "keep", "look_back_days": 90}'),
        "nothing": (None, "{}"),
    }
    retail = retail_lines()
    if retail is not None:
        sources["retail"] = (retail, "{}")
    found = []
    for name, (data, variables) in sources.items():
        states = [folder / f"{name.replace(' ', '_')}-{engine}" for engine in ("spark", "sail")]
        for state in states:
            rmtree(state, ignore_errors=True)
        if data is None:
            for area in ("raw", "ml"):
                (states[0] / area).mkdir(parents=True)
        else:
            done = pipeline(states[0], "land", "--data", str(data))
            assert done.returncode == 0, done.stderr[-2000:]
        with_durable_tables(states[0], states[1])
        for engine, state in zip(("spark", "sail"), states, strict=True):
            # Such lines break tests, as they should; what counts is what is built of them.
            kinds = "--exclude-resource-type unit_test --exclude-resource-type test"
            done = dbt(f"build {kinds} --vars '{variables}'", state, engine)
            assert done.returncode == 0, done.stdout[-3000:]
        differing = differences(*states)
        print(f"{name}: {len(differing)} tables differ", *differing, sep="\n  ", flush=True)
        found += [f"{name}: {line}" for line in differing]
    return found


def _write_dirt(path: Path, seed: int, count: int = 20_000) -> Path:
    """Write lines whose every field is often at an edge, with copies and ties among them."""
    chance = random.Random(seed)

    def one_of(edges: tuple[str, ...], common: str, share: float = 0.15) -> str:
        return chance.choice(edges) if chance.random() < share else common

    def line() -> list[str]:
        day = f"{chance.randint(1, 12)}/{chance.randint(1, 28)}/2011 {chance.randint(8, 18)}:15"
        return [
            one_of(_ORDERS, f"{'C' * (chance.random() < 0.2)}{chance.randint(536000, 539000)}"),
            one_of(_CODES, f"{chance.randint(100, 130)}"),
            one_of(_TEXTS, "MUG"),
            one_of(_QUANTITIES, str(chance.choice((-3, -2, -1, 1, 2, 3, 6)))),
            # Half of these do not read, and of a file whose format fits all but 1% may not.
            one_of(_DATES, day, 0.015),
            one_of(_PRICES, f"{chance.randint(1, 999) / 100}"),
            one_of(_CUSTOMERS, f"{chance.randint(13000, 13040)}"),
            one_of(_COUNTRIES, "Spain"),
        ]

    lines = [line() for _ in range(count)]
    lines += chance.choices(lines, k=count // 20)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        writer.writerows(lines)
    return path
