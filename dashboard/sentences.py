"""Findings in words, computed from the numbers that the charts show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.charts.data import WORDS
from dashboard.measures import bin_label, label, show
from dashboard.settings import ACTIVE_DAYS


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the overview's first row."""

    label: str
    value: str
    change: str | None
    colour: str
    arrow: str
    help: str
    history: list[float]


def headline(shares: pd.DataFrame, segment: str | None = None) -> str:
    """Return the one sentence that matters: who holds the revenue, and who is going quiet.

    Parameters
    ----------
    shares : DataFrame
        Result of ``overview/segment_shares``.
    segment : str, optional
        Persona to speak of; by default the one furthest above its share of customers.
    """
    known = shares[shares["customer_count"] > 0]
    gap = known["revenue_share"].fillna(0) - known["customer_share"]
    row = known.loc[gap.idxmax()]
    if segment and (known["persona"] == segment).any():
        row = known[known["persona"] == segment].iloc[0]
    if len(known) == 1:
        return f"All customers are in one segment, {row['persona']}."
    active = formats.share(row["active_customer_count"] / row["customer_count"])
    return (
        f"{row['persona']} are {formats.share(row['customer_share'])} of customers and "
        f"{formats.share(row['revenue_share'])} of revenue; {active} of them ordered in the last "
        f"{ACTIVE_DAYS} days."
    )


def concentration(shares: pd.DataFrame) -> str:
    """Return how few segments hold half of the revenue, as Markdown."""
    ranked = shares.sort_values("revenue_share", ascending=False)
    total = ranked["revenue_share"].fillna(0).cumsum()
    needed = int((total < 0.5).sum()) + 1
    held = ranked.head(needed)
    customers = formats.share(held["customer_share"].sum())
    revenue = formats.share(held["revenue_share"].sum())
    names = listed([formats.markdown(name) for name in held["persona"]])
    if needed > 2:
        return f"{needed} segments together hold {revenue} of revenue"
    return f"{names}: {customers} of customers, {revenue} of revenue"


def activity(totals: pd.DataFrame, days: int) -> str:
    """Return how many customers ordered lately."""
    last = totals.iloc[-1]
    return (
        f"{formats.share(last['active_share'])} of customers ordered in the last {days} days, "
        f"{formats.share(1 - last['active_share'])} did not"
    )


def movement(row: Any, currency: str) -> str:
    """Return one flow between segments as a Markdown sentence."""
    rose = row.to_segment_id < row.from_segment_id
    return (
        f"**{formats.plural(row.customer_count, 'customer')}** "
        f"{'rose' if rose else 'slipped'} from **{formats.markdown(row.from_persona)}** to "
        f"**{formats.markdown(row.to_persona)}**: {formats.share(row.share_of_from)} of the "
        f"segment, with {formats.markdown(formats.money(row.revenue, currency))} spent so far."
    )


def key_figures(totals: pd.DataFrame, before: date | None, currency: str) -> list[KeyFigure]:
    """Return the five figures of the first row, with their change since ``before``.

    Parameters
    ----------
    totals : DataFrame
        Result of ``overview/totals``, oldest snapshot first; the last is shown.
    before : date or None
        Month end to compare with.
    currency : str
        ISO code.
    """
    now = totals.iloc[-1]
    then = None
    if before is not None:
        match = totals[pd.to_datetime(totals["snapshot_date"]).dt.date == before]
        then = match.iloc[0] if len(match) else None

    def figure(label, column, show, help_text, *, good="up", points=False):
        change, arrow = None, "off"
        if then is not None:
            difference = float(now[column]) - float(then[column])
            arrow = "up" if difference > 0 else "down" if difference < 0 else "off"
            size = f"{abs(difference) * 100:.1f} points" if points else show(abs(difference))
            word = {"up": "+", "down": "-", "off": "±"}[arrow]
            change = f"{word}{size}"
        colour = "off" if arrow == "off" else "normal" if good == "up" else "inverse"
        history = [float(value) for value in totals[column]]
        return KeyFigure(label, show(now[column]), change, colour, arrow, help_text, history)

    def cash(value: Any) -> str:
        return formats.money(value, currency)

    return [
        figure("Customers", "customer_count", formats.short, "Customers who have been segmented."),
        figure(
            f"Active in {ACTIVE_DAYS} days", "active_share", formats.share,
            f"Share of customers who ordered in the last {ACTIVE_DAYS} days.", points=True,
        ),
        figure("Revenue", "revenue", cash, "All that these customers spent, net of returns."),
        figure(
            "Orders each", "orders_per_customer", lambda value: f"{float(value):.2f}",
            "Orders that were not cancelled, divided by customers.",
        ),
        figure(
            "Revenue at risk", "silent_revenue", cash,
            f"Spent so far by customers who have not ordered for {ACTIVE_DAYS} days.",
            good="down",
        ),
    ]  # fmt: skip


def listed(names: list[str]) -> str:
    """Return names as people list them: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def contrast(comparison: pd.DataFrame) -> str:
    """Return which segment stands furthest from the typical customer, and on what."""
    if comparison["segment_id"].nunique() < 2:
        return "There is one segment: every customer is like the typical one"
    known = comparison.dropna(subset=["percentile_50"])
    row = known.loc[(known["percentile_50"] - 50).abs().idxmax()]
    higher = row["percentile_50"] > 50
    place = row["percentile_50"] if higher else 100 - row["percentile_50"]
    return (
        f"{formats.markdown(row['persona'])} stand out most: {label(row['measure']).lower()} "
        f"{'higher' if higher else 'lower'} than for {place:.0f}% of customers"
    )


def segment_summary(segment: pd.Series, currency: str) -> str:
    """Return a segment in two sentences of Markdown."""
    spent = formats.markdown(formats.money(segment["median_monetary"], currency))
    unusual = ""
    if segment["outlier_count"]:
        unusual = (
            f" {formats.plural(segment['outlier_count'], 'customer')} are unusual for any segment."
        )
    orders = formats.short(segment["median_frequency"])
    meaning = formats.markdown(formats.sentence(segment["persona_description"]))
    action = formats.markdown(formats.sentence(segment["recommended_action"]))
    return (
        f"{meaning} The middle one ordered "
        f"{'once' if orders == '1' else orders + ' times'}, spent {spent} and was last "
        f"seen {formats.plural(segment['median_recency_days'], 'day')} ago. The model is "
        f"{formats.share(segment['mean_membership_probability'])} sure of a member on average."
        f"{unusual}  \n**What to do:** {action}"
    )


def spread_alt(spread: pd.DataFrame, currency: str) -> str:
    """Return in words what the spread of a segment shows."""
    parts = [
        f"{label(row.measure)}: median {show(row.measure, row.amount_50, currency)}, higher than "
        f"{row.percentile_50:.0f}% of customers"
        for row in spread.itertuples()
    ]
    return "; ".join(parts) + "."


def most_common(bins: pd.DataFrame, currency: str) -> str:
    """Return where most of a segment lies on orders and recency, as Markdown."""
    found = []
    for measure in ("frequency", "recency_days"):
        part = bins[bins["measure"] == measure].sort_values("lower_bound").reset_index(drop=True)
        top = int(part["segment_share"].fillna(0).idxmax())
        following = part["lower_bound"].get(top + 1)
        name = bin_label(measure, part["lower_bound"][top], following, currency)
        found.append((formats.share(part["segment_share"][top]), name))
    (orders_share, orders), (days_share, days) = found
    noun = "order" if orders == "1" else "orders"
    return f"{orders_share} have {orders} {noun}; {days_share} were last seen {days} days ago"


def afterwards(backtest: pd.DataFrame, persona: str) -> str:
    """Return what a segment did after the latest cut-off, as Markdown."""
    rows = backtest[backtest["segment"] == persona]
    if rows.empty:
        return f"{formats.markdown(persona)} were not a segment of their own at earlier cut-offs"
    row = rows.iloc[0]
    return (
        f"{formats.share(row['active_share'])} of {formats.markdown(persona)} ordered again "
        f"within {formats.count(row['horizon_days'])} days of "
        f"{formats.day(row['cutoff_date'])}"
    )


def why(person: pd.Series, currency: str) -> str:
    """Return in two sentences of Markdown why a customer is in a segment."""
    measures = formats.markdown(person["distinguishing_measures"] or "").rstrip(".")
    times = "once" if person["frequency"] == 1 else f"{formats.count(person['frequency'])} times"
    first = (
        f"This customer ordered {times}, spent "
        f"{formats.markdown(formats.exact_money(person['monetary'], currency))} and last ordered "
        f"{formats.plural(person['recency_days'], 'day')} before the as-of date."
    )
    second = f" What sets them apart: {measures}." if measures else ""
    unusual = " They are unusual: far from every segment." if person["is_outlier"] else ""
    return f"{first}{second}{unusual}"


def surety(person: pd.Series) -> str:
    """Return how sure the segment is and what else it could be, as Markdown."""
    sure = formats.share(person["membership_probability"])
    persona = formats.markdown(person["persona"])
    if formats.is_missing(person["runner_up"]):
        return f"{sure} sure: {persona}"
    return (
        f"{sure} sure: {persona}; could also be {formats.markdown(person['runner_up'])} "
        f"({formats.share(person['runner_up_probability'])})"
    )


def orders(frame: pd.DataFrame, currency: str) -> str:
    """Return how many orders a customer made, and over which days, as Markdown."""
    first, last = frame["order_date"].min(), frame["order_date"].max()
    total = formats.markdown(formats.money(frame["net_amount"].astype(float).sum(), currency))
    if len(frame) == 1:
        return f"One order, {total}, on {formats.day(first)}"
    return (
        f"{formats.count(len(frame))} orders, {total}, from {formats.day(first)} to "
        f"{formats.day(last)}"
    )


def months(frame: pd.DataFrame) -> str:
    """Return how often a customer changed segment, as Markdown."""
    changes = int((frame["segment_id"].diff().fillna(0) != 0).sum())
    now = formats.markdown(frame["persona"].iloc[-1])
    since = frame.loc[frame["segment_id"].ne(frame["segment_id"].shift()), "snapshot_date"].iloc[-1]
    if changes == 0:
        return f"{now} at every month end since {formats.day(since)}"
    return f"{now} since {formats.day(since)}, after {formats.plural(changes, 'change')} of segment"


def steadiness(moves: pd.DataFrame) -> str:
    """Return which share of customers stayed in their segment."""
    known = moves[moves["from_segment_id"] > 0]
    total = known["customer_count"].sum()
    if not total:
        return "All customers are new"
    stayed = known.loc[known["from_segment_id"] == known["to_segment_id"], "customer_count"].sum()
    return f"{formats.share(stayed / total)} of customers stayed in their segment"


def balance(moves: pd.DataFrame) -> str:
    """Return how many customers rose, slipped and came in."""
    known = moves[(moves["from_segment_id"] > 0) & (moves["to_segment_id"] > 0)]
    rose = known.loc[known["to_segment_id"] < known["from_segment_id"], "customer_count"].sum()
    fell = known.loc[known["to_segment_id"] > known["from_segment_id"], "customer_count"].sum()
    new = moves.loc[moves["from_segment_id"] == 0, "customer_count"].sum()
    return (
        f"{formats.count(rose)} rose, {formats.count(fell)} slipped, {formats.count(new)} are new"
    )


def slipping(moves: pd.DataFrame, month: str, segment: str | None) -> str:
    """Return how many customers slipped in a month, as Markdown."""
    known = moves[(moves["from_segment_id"] > 0) & (moves["to_segment_id"] > 0)]
    if segment:
        known = known[known["from_persona"] == segment]
    fell = known.loc[known["to_segment_id"] > known["from_segment_id"], "customer_count"].sum()
    whose = f" from {formats.markdown(segment)}" if segment else ""
    return f"{formats.plural(fell, 'customer')} slipped{whose} in {month}"


def growth(sizes: pd.DataFrame) -> str:
    """Return which segment gained most customers over the days shown, as Markdown."""
    ordered = sizes.sort_values("snapshot_date")
    first, last = ordered["snapshot_date"].iloc[0], ordered["snapshot_date"].iloc[-1]
    start = ordered[ordered["snapshot_date"] == first].set_index("persona")["customer_count"]
    end = ordered[ordered["snapshot_date"] == last].set_index("persona")["customer_count"]
    gain = end.sub(start, fill_value=0).sort_values()
    if first == last or gain.empty:
        return "How large the segments are"
    name, size = gain.index[-1], gain.iloc[-1]
    return (
        f"{formats.markdown(name)} grew most since {formats.day(first)}, by "
        f"{formats.plural(size, 'customer')}"
    )


def return_rate(curve: pd.DataFrame) -> str:
    """Return which share of customers ordered again in the months after the first."""
    later = curve[(curve["months_since"] > 0)]
    if later.empty:
        return "No month after the first order is complete yet"
    first = later.iloc[0]
    text = f"{formats.share(first['retention'])} ordered again in the month after their first order"
    half = later[later["months_since"] == 6]
    if len(half):
        text += f", {formats.share(half.iloc[0]['retention'])} in the sixth month"
    return text


def choice(selection: pd.DataFrame, export: Any) -> str:
    """Return which number of segments was chosen and how sound it is."""
    model = export.manifest.get("model") or {}
    count = int(
        model.get("segment_count") or selection.loc[selection["is_chosen"], "segment_count"].max()
    )
    parts = [f"{count} segments" if count != 1 else "One segment"]
    stability = model.get("stability")
    if stability is not None:
        parts.append(
            f"refitted on resampled customers they agree at {float(stability):.2f} (1 is the same)"
        )
    silhouette = model.get("silhouette")
    if silhouette is not None:
        parts.append(f"their silhouette is {float(silhouette):.2f} (from -1 to 1)")
    text = f"{parts[0]}: {' and '.join(parts[1:])}." if parts[1:] else f"{parts[0]}."
    if model.get("gave_way"):
        text += f" No number of segments met every guard; {model['gave_way']} gave way."
    return text


def reason(selection: pd.DataFrame) -> str:
    """Return why the chosen number of segments won, as Markdown."""
    chosen = selection[selection["is_chosen"]]
    if chosen.empty:
        return "How the number of segments was chosen"
    row = chosen.iloc[0]
    words = str(row["reason"] or "").removeprefix("chosen: ").rstrip(".")
    if not words:
        return "How the number of segments was chosen"
    return f"Why {int(row['segment_count'])}: {formats.markdown(words)}"


def verdict(metrics: pd.DataFrame, value: str) -> str:
    """Return how our segments compare with RFM rules after the latest cut-off."""
    latest = metrics[metrics["cutoff_date"] == metrics["cutoff_date"].max()]
    ours = latest.loc[latest["method"] == "mixture", value].dropna()
    rules = latest.loc[latest["method"].str.startswith("rfm_rules"), value].dropna()
    if ours.empty:
        return "What the segments foretold"
    mine = float(ours.iloc[0])
    what = {
        "top_fifth_capture": f"Our best fifth of customers held {formats.share(mine)} of what was "
        "spent next",
        "eta_squared": f"Our segments explain {formats.share(mine)} of the differences in what "
        "customers spent next",
    }[value]
    others = []
    if len(rules):
        others.append(f"the best RFM rules {formats.share(rules.max())}")
    spend = latest.loc[latest["method"] == "past_spend", value].dropna()
    if len(spend):
        others.append(f"past spend alone {formats.share(spend.iloc[0])}")
    return f"{what}; {' and '.join(others)}" if others else what


def drift(frame: pd.DataFrame) -> str:
    """Return whether the latest customers are still like those of the fit."""
    latest = frame[frame["snapshot_date"] == frame["snapshot_date"].max()]
    due = latest[latest["is_refit_due"].astype(bool)]
    if due.empty:
        return "Customers are still like those the model was fitted on"
    return "Customers have changed since the fit: a refit is due"


def account(figures: dict[str, Any], currency: str) -> str:
    """Return how many rows and how much money were kept."""
    raw, kept = int(figures["raw_rows"]), int(figures["kept_rows"])
    money = formats.money(figures["kept_amount"], currency)
    total = formats.money(figures["raw_amount"], currency)
    part = formats.share(kept / raw) if raw else "none"
    return (
        f"Of {formats.count(raw)} raw lines {formats.count(kept)} were kept ({part}), and of "
        f"{total} in them {money}."
    )


def biggest_reason(classes: pd.DataFrame, measure: str, currency: str) -> str:
    """Return the reason that took most rows or money away."""
    rejected = classes[~classes["is_kept"]]
    sizes = rejected[measure].astype(float)
    if rejected.empty or not sizes.abs().max():
        return "Nothing was left out"
    row = rejected.loc[sizes.abs().idxmax()]
    name = WORDS.get(row["line_class"], row["line_class"])
    if measure == "row_count":
        return f"Most rows left out: {name}, {formats.count(row['row_count'])} of them"
    amount = formats.markdown(formats.money(row["amount"], currency))
    return f"Most money left out: {name}, {amount}"
