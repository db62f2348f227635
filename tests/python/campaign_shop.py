"""A shop whose campaigns are known by construction: who was written to, held out, and ordered.

Customers order once long before, so that the project knows them; what they do after a campaign is
drawn here and kept, for other tools to compute on.
"""

import csv
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from engine_tables import ROOT, dbt

LAST_DAY = date(2024, 6, 30)
"""The day of the shop's last order."""
MODELS = (
    "--select +fct_campaign_uplift +fct_campaign_row_classes --indirect-selection buildable "
    "--exclude-resource-type unit_test --exclude tag:thorough"
)
# One session for all that lands: a process each would start an engine each.
_LAND = """
import json, sys
from pathlib import Path
from pipeline.engines.session import get_session
from pipeline.land import land
from pipeline.land.campaign_lists import read_campaign
from pipeline.land.campaigns import add_campaign
spark = get_session()
orders, campaigns = json.loads(sys.stdin.read())
land(spark, orders, None)
for files, name, sent_on, days in campaigns:
    campaign = read_campaign([Path(file) for file in files], name, sent_on, days)
    assert add_campaign(spark, campaign).is_new
"""


@dataclass
class Campaign:
    """A campaign with what each of its customers spent in the window, 0 for no order."""

    name: str
    sent_on: date
    written: np.ndarray
    control: np.ndarray
    days: int | None = None
    files: list[Path] = field(default_factory=list)


def spent(buyers: int, number: int, seed: int = 0) -> np.ndarray:
    """Return what customers spent, of whom the first so many ordered."""
    amounts = np.random.default_rng((seed, buyers, number)).lognormal(4, 1, number).round(2)
    return np.where(np.arange(number) < buyers, amounts, 0.0)


def write(folder: Path, campaigns: Sequence[Campaign]) -> Path:
    """Write each campaign's two lists, and return the file of the shop's orders.

    Orders lie on the first and the last day of the window by turns, as far as the data go.
    """
    folder.mkdir(exist_ok=True)
    orders = [("nobody", LAST_DAY, 5.0)]
    for number, campaign in enumerate(campaigns):
        end = campaign.sent_on + timedelta(days=(campaign.days or 30) - 1)
        days = (campaign.sent_on, min(end, LAST_DAY))
        for group, amounts in (("w", campaign.written), ("c", campaign.control)):
            ids = [f"{number}{group}{at}" for at in range(len(amounts))]
            orders += [(customer, date(2023, 1, 1), 20.0) for customer in ids]
            orders += [
                (customer, days[at % 2], amount)
                for at, (customer, amount) in enumerate(zip(ids, amounts, strict=True))
                if amount
            ]
            path = folder / f"{number}_{group}.csv"
            write_list(path, ids, is_control=group == "c")
            if ids:
                campaign.files.append(path)
    path = folder / "orders.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer", "order", "timestamp", "amount"])
        for at, (customer, day, amount) in enumerate(orders):
            moment = datetime.combine(day, datetime.min.time()) + timedelta(hours=12)
            writer.writerow([customer, f"o{at}", f"{moment:%Y-%m-%d %H:%M:%S}", f"{amount:.2f}"])
    return path


def write_list(path: Path, ids: Sequence[str], *, is_control: bool) -> None:
    """Write a list as the page Campaign does: two personas by turns."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer_id", "persona", "action", "confidence", "is_control"])
        for at, customer in enumerate(ids):
            persona = ("Loyal Customers", "Lost")[at % 2]
            writer.writerow([customer, persona, "Write", "0.9", str(is_control).lower()])


def land_all(state: Path, orders: Path, campaigns: Sequence[tuple]) -> None:
    """Land orders and campaigns (files, name, day sent, days) on Sail in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _LAND],
        cwd=ROOT,
        env={**os.environ, "STATE_DIR": str(state), "ENGINE": "sail"},
        input=json.dumps([str(orders), campaigns], default=str),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def build(state: Path, engine: str, select: str = MODELS, **variables: object) -> None:
    """Build the marts of campaigns, and what they need."""
    given = f" --vars {shlex.quote(json.dumps(variables))}" if variables else ""
    done = dbt(f"build {select}{given}", state, engine)
    assert done.returncode == 0, done.stdout[-3000:]


def rows(state: Path, table: str = "fct_campaign_uplift") -> list[dict]:
    """Return the rows of a mart."""
    files = state / "warehouse" / "analytics.db" / table / "*.parquet"
    found = duckdb.sql(f"from read_parquet('{files}')")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def total(state: Path, name: str) -> dict:
    """Return what a campaign brought as a whole."""
    return next(r for r in rows(state) if r["is_total"] and r["campaign_name"] == name)
