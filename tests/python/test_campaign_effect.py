"""A campaign whose effect is known because it was made, and some of no effect, on demo data."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from campaign_shop import build, land_all, rows, total, write_list

from pipeline.demo import write_demo
from pipeline.demo.behaviours import LAST_DAY

SENT = LAST_DAY - timedelta(days=59)
DAYS = 30
EXTRA = 0.25
"""Share of those written to who order once more because of it."""
PRICE = 120
# As small as a control group tends to be, where a few customers spend most.
CONTROL = 0.15
SPLITS = 60


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %H:%M")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> tuple[Path, dict]:
    """Return the state with all campaigns compared, and what the effect was made to be."""
    folder = tmp_path_factory.mktemp("effect")
    lines = write_demo(folder / "demo.csv", 20_000, 7)
    with lines.open(newline="") as file:
        records = list(csv.DictReader(file))
    sales = [
        (row["CustomerID"].strip().removesuffix(".0"), moment(row["InvoiceDate"]).date())
        for row in records
        if row["CustomerID"] and int(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
    ]
    known = sorted({customer for customer, day in sales if day < SENT})
    ordering = {c for c, day in sales if SENT <= day < SENT + timedelta(days=DAYS)}
    draw = np.random.default_rng(5)

    def split(name: str, customers: list[str]) -> tuple[list[str], list[Path]]:
        held = draw.random(len(customers)) < CONTROL
        groups = [[c for c, is_held in zip(customers, held, strict=True) if is_held == group]
                  for group in (False, True)]  # fmt: skip
        files = [folder / f"{name}_{group}.csv" for group in ("list", "control")]
        for path, ids, is_control in zip(files, groups, (False, True), strict=True):
            write_list(path, ids, is_control=is_control)
        return groups[0], files

    written, files = split("effect", known)
    moved = [customer for customer in written if draw.random() < EXTRA]
    with lines.open("a", newline="") as file:
        writer = csv.DictWriter(file, records[0].keys())
        for at, customer in enumerate(moved):
            day = SENT + timedelta(days=int(draw.integers(DAYS)))
            writer.writerow(
                {**records[0], "InvoiceNo": str(900_000 + at), "CustomerID": customer,
                 "StockCode": "85123A", "Quantity": "1", "UnitPrice": str(PRICE),
                 "InvoiceDate": f"{day:%m/%d/%Y} 10:00"}
            )  # fmt: skip
    # A mail to those who would have ordered anyway changes no share.
    truth = {
        "order_rate_uplift": len(set(moved) - ordering) / len(written),
        "revenue_uplift": PRICE * len(moved) / len(written),
    }
    # Those whom the extra orders are of would be an effect in any other campaign too.
    rest = sorted(set(known) - set(moved))
    campaigns = [(files, "effect", SENT, DAYS)]
    campaigns += [(split(f"none {at}", rest)[1], f"none {at}", SENT, DAYS) for at in range(SPLITS)]
    land_all(folder / "state", lines, campaigns)
    build(folder / "state", "sail")
    return folder / "state", truth


@pytest.mark.parametrize("measure", ["order_rate_uplift", "revenue_uplift"])
def test_the_interval_holds_the_true_effect(shop, measure):
    state, truth = shop
    found = total(state, "effect")
    assert found["is_complete"] and found["comparison"] == "measured"
    assert found[f"{measure}_low"] <= truth[measure] <= found[f"{measure}_high"]


def test_an_effect_of_this_size_is_told_from_chance(shop):
    state, truth = shop
    assert truth["order_rate_uplift"] > 0.1
    assert total(state, "effect")["order_rate_uplift_low"] > 0


@pytest.mark.parametrize("measure", ["order_rate_uplift", "revenue_uplift"])
def test_nineteen_of_twenty_intervals_of_no_effect_hold_nothing(shop, measure):
    state, _ = shop
    found = [r for r in rows(state) if r["is_total"] and r["campaign_name"].startswith("none")]
    assert len(found) == SPLITS
    held = sum(r[f"{measure}_low"] <= 0 <= r[f"{measure}_high"] for r in found)
    # Of 60 at 95%, fewer than 51 are seen once in a thousand times.
    assert 51 <= held <= SPLITS
