"""Judge the names of segments by the seed's text alone, in pandas and DuckDB."""

import pandas as pd

from pipeline.core.paths import project_root

SEED = project_root() / "seeds" / "personas.csv"
SHARE = 0.8
SHORTEST_DAYS = 7


def shares_that_hold(customers: pd.DataFrame, usual: float) -> dict[str, float]:
    """Return the share of each segment's customers of whom its name is true.

    ``customers`` holds recency_days, frequency, monetary, tenure_days and segment, the name; with
    order_chance the conditions on it count too.
    """
    seed = pd.read_csv(SEED).set_index("persona")
    own = customers.tenure_days - customers.recency_days
    week_or_more = ((own + usual) / customers.frequency).clip(lower=SHORTEST_DAYS)
    ratio = customers.recency_days / week_or_more
    positions = customers[["frequency", "monetary"]].rank(method="average")
    positions = (positions - 0.5) / len(customers)
    found = {}
    for name, group in customers.groupby("segment"):
        persona = seed.loc[name.split(" (")[0]]
        at = group.index
        holds = (
            ratio[at].between(persona.recency_ratio_low, persona.recency_ratio_high)
            & group.recency_days.between(persona.recency_days_low, persona.recency_days_high)
            & group.frequency.between(persona.orders_low, persona.orders_high)
            & positions.frequency[at].between(persona.frequency_low, persona.frequency_high)
            & positions.monetary[at].between(persona.monetary_low, persona.monetary_high)
        )
        if "order_chance" in group:
            holds &= group.order_chance.between(persona.order_chance_low, persona.order_chance_high)
        found[name] = float(holds.mean())
    return found


def assert_names_hold(run) -> None:
    """Check every name of a finished run against the customers that bear it in the export."""
    ((usual,),) = run.query(
        """
        select median((tenure_days - recency_days) / (frequency - 1)) from customer_segments
        where frequency >= 2 and tenure_days > recency_days
        """
    )
    columns = ["recency_days", "frequency", "monetary", "tenure_days", "segment"]
    rows = run.query(
        """
        select recency_days, frequency, monetary::double, tenure_days, persona
        from customer_segments
        """
    )
    shares = shares_that_hold(pd.DataFrame(rows, columns=columns), usual)
    assert len(shares) >= 3
    assert {name: share for name, share in shares.items() if share < SHARE} == {}
