"""What a run says when it is done: segments for a marketer, lines for an auditor."""

import json
import textwrap
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.core.amounts import Amounts
from pipeline.core.paths import project_root
from pipeline.run import RunResult

__all__ = ["summary_json", "summary_text"]

_WIDTH = 100
_CAMPAIGNS = 5
_NOT_COMPARED = {
    "not_begun": "the data end before the day it was sent",
    "nobody_contacted": "its lists name nobody who was written to",
    "no_control": "no control group to compare with",
}


def summary_json(result: RunResult) -> dict:
    """Return the summary for a scheduler.

    Returns
    -------
    dict
        Fit for JSON: ``run_id``, ``as_of_date``, ``export`` and ``data_docs`` (paths),
        ``account``, ``model``, ``gates``, ``losses`` and ``warnings`` (lists of sentences),
        ``segments`` and ``campaigns`` (lists of dict) and ``stage_seconds``.
    """
    manifest = json.loads((result.export / "manifest.json").read_text())
    return {
        "run_id": manifest["run_id"],
        "as_of_date": manifest["as_of_date"],
        "export": str(result.export),
        "data_docs": manifest["gates"]["data_docs"],
        "account": manifest["account"],
        "losses": manifest["losses"],
        "model": manifest["model"],
        "gates": manifest["gates"],
        "segments": [
            {key: _plain(value) for key, value in row.items()} for row in _profiles(result.export)
        ],
        "campaigns": [
            {key: _plain(value) for key, value in row.items()} for row in _campaigns(result.export)
        ],
        "warnings": result.warnings,
        "stage_seconds": manifest["stage_seconds"],
    }


def summary_text(result: RunResult) -> str:
    """Return the summary for people, ready to print."""
    manifest = json.loads((result.export / "manifest.json").read_text())
    parts = [
        _sentences("MUCH IS LEFT OUT", manifest["losses"]),
        _segments(result.export, manifest),
        _sentences("What it predicts", result.training.lines),
        _sentences("What campaigns brought", _campaign_lines(result.export)),
        _account(result.export, manifest),
        _sentences("Before you rely on it", result.warnings),
        _places(result.export, manifest),
    ]
    return "\n\n".join(part for part in parts if part)


def _segments(export: Path, manifest: dict) -> str:
    profiles = _profiles(export)
    amounts = Amounts(manifest["source"]["amounts"])
    spent = "spent" if amounts.are_money else "amount"
    customers = sum(row["customer_count"] for row in profiles)
    segment_count = sum(row["customer_count"] > 0 for row in profiles)
    model = manifest["model"]
    lines = [
        f"{segment_count} segment{'s' if segment_count != 1 else ''} of {customers:,} customers, "
        f"as of {manifest['as_of_date']}"
        + (f" (silhouette {model['silhouette']:.2f}" if model["silhouette"] is not None else "")
        + (f", stability {model['stability']:.2f})" if model["stability"] is not None else ""),
        "",
        f"  {'segment':<24}{'customers':>16}{amounts.share_heading:>10}{'last order':>13}"
        f"{'orders':>9}" + ("" if amounts.are_orders else f"{amounts.heading(spent):>16}"),
    ]
    for row in profiles:
        if not row["customer_count"]:
            lines.append(f"  {row['segment_id']} {row['persona']:<22}{'nobody now':>16}")
            continue
        count = f"{row['customer_count']:,} ({_share(row['customer_share'])})"
        lines.append(
            f"  {row['segment_id']} {row['persona']:<22}{count:>16}"
            f"{_share(row['revenue_share']):>10}" + _medians(row, amounts)
        )
        lines += textwrap.wrap(
            row["recommended_action"],
            _WIDTH,
            initial_indent="      → ",
            subsequent_indent="        ",
        )
    if amounts.are_orders:
        note = "Last order and orders are medians of the segment. Every order amounts to 1."
    elif amounts.are_money:
        note = "Last order, orders and amount spent are medians of the segment."
    else:
        note = "Last order, orders and amount are medians; the source names no currency."
    lines += ["", f"  {note}"]
    return "\n".join(lines)


def _campaign_lines(export: Path) -> list[str]:
    """Return a line for each of the latest campaigns, and how many more there are."""
    found = _campaigns(export)
    lines = [f"{row['campaign_name']} ({row['sent_date']}): {_uplift(row)}" for row in found]
    more = len(lines) - _CAMPAIGNS
    return [*lines[:_CAMPAIGNS], *([f"{more} more in campaign_uplift"] if more > 0 else [])]


def _uplift(row: dict) -> str:
    """Return what a campaign brought."""
    if row["comparison"] in _NOT_COMPARED:
        return _NOT_COMPARED[row["comparison"]]
    points = 100 * row["order_rate_uplift"]
    found = f"{points:+.1f} points in the share that ordered, beside the control group"
    if row["comparison"] == "measured":
        low, high = (100 * row[f"order_rate_uplift_{end}"] for end in ("low", "high"))
        verdict = "" if low > 0 or high < 0 else "; may be chance"
        found += f" (95% interval {low:+.1f} to {high:+.1f}{verdict})"
    else:
        found += " (groups too small for an interval)"
    is_running = row["measured_days"] < row["window_days"]
    return found + (
        f"; {row['measured_days']} of {row['window_days']} days so far" if is_running else ""
    )


def _campaigns(export: Path) -> list[dict]:
    """Return the campaigns as a whole, the latest first."""
    rows = pq.read_table(export / "campaign_uplift.parquet").to_pylist()
    totals = [row for row in rows if row["is_total"]]
    return sorted(totals, key=lambda row: (row["sent_date"], row["campaign_name"]), reverse=True)


def _medians(row: dict, amounts: Amounts) -> str:
    """Return what the typical customer of a segment did."""
    days = _days(row["median_recency_days"])
    orders = f"{row['median_frequency']:g}"
    typical = row["median_monetary"]
    amount = f"{typical:,.0f}" if typical >= 100 else f"{typical:,.2f}"
    return f"{days:>13}{orders:>9}" + ("" if amounts.are_orders else f"{amount:>16}")


def _share(part: float) -> str:
    """Return a share (0 to 1) in whole per cent; what is not nothing is not told as 0%."""
    text = f"{part:.0%}"
    return "<1%" if part > 0 and text == "0%" else text


def _days(days: float) -> str:
    return f"{days:,.0f} days" if days != 1 else "1 day"


def _account(export: Path, manifest: dict) -> str:
    account, amount = manifest["account"], Amounts(manifest["currency"]).heading("amount")
    rows = pq.read_table(export / "line_classes.parquet").to_pylist()
    lines = [
        f"Where the {account['raw_rows']:,} raw lines went",
        "",
        f"  {'':<16}{'lines':>12}{amount:>20}",
    ]
    for total, kept in (("kept", True), ("rejected", False)):
        lines.append(_account_line(total, account[f"{total}_rows"], account[f"{total}_amount"]))
        lines += [
            _account_line("  " + row["line_class"], row["row_count"], row["amount"] or 0)
            for row in rows
            if row["is_kept"] is kept and row["row_count"]
        ]
    lines.append(_account_line("raw", account["raw_rows"], account["raw_amount"]))
    files = manifest["source"]["files"]
    for name, key in (("title rows", "title_rows"), ("total rows", "total_rows")):
        count = sum(file[key] for file in files)
        if count:
            lines.append(f"  {name:<16}{count:>12,}{'no lines':>20}")
    lines += _currencies(account["currencies"], manifest["currency"])
    return "\n".join(lines)


def _currencies(rows: list[dict], own: str) -> list[str]:
    """Return what raw lines were paid in, and what that is in the shop's currency."""
    if not rows:
        return []
    head = f"  {'raw, paid in':<16}{'lines':>12}{'amount':>20}{f'amount ({own})':>20}"
    return [
        "",
        head,
        *(
            _account_line(
                "  " + (row["currency"] or "(does not read)"),
                row["raw_rows"],
                row["raw_amount_in_currency"],
            )
            + f"{Decimal(row['raw_amount']):>20,.2f}"
            for row in rows
        ),
    ]


def _account_line(name: str, rows: int, amount: str | Decimal | int) -> str:
    return f"  {name:<16}{rows:>12,}{Decimal(amount):>20,.2f}"


def _sentences(title: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    wrapped = [
        line
        for sentence in sentences
        for line in textwrap.wrap(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")
    ]
    return "\n".join([title, "", *wrapped])


def _places(export: Path, manifest: dict) -> str:
    gates = manifest["gates"]
    linked = project_root() / "exports" / "current"
    current = linked if linked.resolve() == export.resolve() else export.parent / "current"
    return "\n".join(
        [
            f"Export      {_short(current)} ({manifest['run_id']})",
            f"Gates       {gates['passed']} passed, {gates['warnings']} warnings; "
            f"Data Docs {_short(Path(gates['data_docs']))}",
            f"Model card  {_short(current / 'MODEL_CARD.md')}",
            f"Campaigns   {_short(current / 'activation.csv')}",
            *_report(export, current),
            "",
            "Next        make dashboard",
            "            make run DATA=path/to/your/lines.csv",
        ]
    )


def _report(export: Path, current: Path) -> list[str]:
    """Return where the month's report is; nothing where the dashboard's packages are missing."""
    name = "report.html"
    return [f"Report      {_short(current / name)}"] if (export / name).is_file() else []


def _short(path: Path) -> str:
    """Return the path as a user in the project folder would type it."""
    root = project_root()
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _profiles(export: Path) -> list[dict]:
    return pq.read_table(export / "segment_profiles.parquet").to_pylist()


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else value
