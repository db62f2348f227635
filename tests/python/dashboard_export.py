"""Write a deterministic synthetic export in the layout that the dashboard reads.

Serves as a fixture and, with ``--customers 1000000``, as the ground of the
benchmark: ``python tests/python/dashboard_export.py OUT --customers 1000000``.
"""

import argparse
import hashlib
import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

PERSONAS = [
    (
        "Champions",
        "🏆",
        "Order often, spend most and were here recently.",
        "Reward, preview, refer.",
    ),
    ("Loyal", "💙", "Come back regularly with solid baskets.", "Grow the basket with bundles."),
    ("Cannot Lose Them", "🚨", "Spent well and have gone quiet.", "Call or write personally."),
    ("Promising", "🌱", "Arrived lately and ordered once or twice.", "Guide to a second order."),
    ("About To Sleep", "🌙", "Small spend, and drifting away.", "Remind with a light offer."),
    ("Lost", "🍂", "Ordered once, long ago.", "Leave to low-cost channels."),
]
LIFE_CYCLES = {
    "Champions": "active",
    "Loyal": "active",
    "Cannot Lose Them": "slipping",
    "Promising": "new",
    "About To Sleep": "slipping",
    "Lost": "gone",
}
CENTRES = [(-1.3, 2.2), (-0.7, 0.7), (0.55, 0.65), (-0.9, -0.9), (0.35, -0.8), (1.15, -1.0)]
WEIGHTS = [0.10, 0.20, 0.16, 0.14, 0.18, 0.22]
COUNTRIES = ["United Kingdom", "Germany", "France", "EIRE", "Spain", "Belgium", "Portugal"]
HOSTILE_IDS = [
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("http://x","a")',
    "o'Hara; drop table x",
    "a|b*c_d",
]
# Lies between the features as the model wrote them and any that could be computed from the
# measures: a page that computes its own is then not in the components' plane.
FEATURE_SHIFT = (3.0, -2.0)
HOSTILE_PRODUCT = "[click](javascript:alert(1)) $x$ <script>alert(2)</script>"
CLASSES = [
    ("unparseable", 31, "0", False, "A value could not be read."),
    ("after_as_of", 0, "0", False, "Ordered on or after the as-of date."),
    ("adjustment", 3, "-11062.060000000", False, "Accounting lines."),
    ("duplicate", 5268, "22157.000000000", False, "Exact copies of another line."),
    ("write_off", 1336, "0", False, "Stock written off."),
    ("zero_price", 1174, "0", False, "Lines without a price."),
    ("non_product", 2900, "-160000.000000000", False, "Postage, fees and samples."),
    ("no_customer", 132000, "1480000.000000000", False, "No customer on the line."),
    ("return", 8500, "-430000.000000000", True, "Goods that came back."),
    ("sale", 391000, None, True, "Goods sold to a known customer."),
]


@dataclass(frozen=True)
class Shape:
    """What the export contains."""

    customers: int = 1200
    months: int = 12
    seed: int = 7
    products: bool = True
    countries: bool = True
    segments: int = 6
    hostile: bool = True
    campaigns: bool = True
    rule_segment: int | None = None
    currency: str = "GBP"
    as_of: date = date(2011, 12, 10)
    run_id: str = "20111210T000000-synthetic"


def write_export(folder: Path, shape: Shape | None = None) -> Path:
    """Write ``folder/<run_id>`` and point ``folder/current`` at it; return the run's folder."""
    shape = shape or Shape()
    target = folder / shape.run_id
    (target / "pictures").mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    con.execute("set threads = 2")
    _base(con, shape)
    _marts(con, shape)
    tables = {name: _write(con, target, name) for name in _TABLES}
    _files(con, target, shape)
    account = _account(con)
    _manifest(con, target, shape, tables, account)
    con.close()
    link = folder / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(shape.run_id)
    return target


_TABLES = [
    "customer_segments", "segment_profiles", "model_selection", "segment_transitions",
    "segment_overview", "cohort_retention", "backtest", "backtest_metrics", "segment_lineage",
    "drift", "confidence_calibration", "orders", "customer_history", "segment_products",
    "rejected_line_examples",
    "rfm_score_thresholds", "unmatched_returns", "customers", "line_classes", "gate_results",
    "personas", "customer_outlook", "outlook_backtest", "outlook_calibration", "products",
    "customer_product_months", "campaign_uplift", "campaign_row_classes",
]  # fmt: skip


def _snapshots(shape: Shape) -> list[date]:
    """Return the month ends (first days of months), oldest first, then the as-of date."""
    first = shape.as_of.replace(day=1)
    found = []
    for _ in range(shape.months):
        found.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return sorted({*found, shape.as_of})


def _base(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create ``orders_raw``: customer number, day, minute, lines, gross and returned amount."""
    draw = np.random.default_rng(shape.seed)
    count = shape.customers
    window = (shape.as_of - _snapshots(shape)[0]).days + 30
    first = draw.integers(0, window, count)
    appetite = draw.lognormal(-4.6, 1.0, count)
    lifetime = np.minimum(draw.exponential(260, count), window - first)
    further = draw.poisson(appetite * lifetime)
    customer = np.repeat(np.arange(count), further + 1)
    is_first = np.r_[True, customer[1:] != customer[:-1]]
    day = first[customer] + np.where(is_first, 0, draw.random(len(customer)) * lifetime[customer])
    taste = draw.lognormal(5.2, 0.8, count)
    gross = np.round(taste[customer] * draw.lognormal(0, 0.5, len(customer)), 2)
    returned = np.where(draw.random(len(customer)) < 0.06, np.round(gross * 0.3, 2), 0.0)
    lines = draw.integers(1, 40, len(customer))
    country = np.where(draw.random(count) < 0.85, 0, draw.integers(1, len(COUNTRIES), count))
    frame = pd.DataFrame(
        {
            "number": customer,
            "day": np.minimum(day, window - 1).astype(int),
            "minute": draw.integers(8 * 60, 19 * 60, len(customer)),
            "line_count": lines,
            "gross": gross,
            "returned": returned,
            "country_number": country[customer],
        }
    )
    names = [str(12346 + n) for n in range(count)]
    if shape.hostile:
        names[: len(HOSTILE_IDS)] = HOSTILE_IDS
    con.register("frame", frame)
    con.register("names", pd.DataFrame({"number": np.arange(count), "customer_id": names}))
    places = pd.DataFrame({"country_number": range(len(COUNTRIES)), "country": COUNTRIES})
    con.register("places", places)
    start = shape.as_of - timedelta(days=window)
    shown = "country" if shape.countries else "cast(null as varchar)"
    con.execute(
        f"""
        create table orders as
        select
            customer_id,
            cast(500000 + row_number() over (order by day, minute, number) as varchar) as order_id,
            (timestamp '{start}' + interval (day) day + interval (minute) minute)::timestamptz
                as ordered_at,
            date '{start}' + day::int as order_date,
            {shown} as country,
            cast(line_count as bigint) as line_count,
            {"cast(line_count as bigint)" if shape.products else "cast(null as bigint)"}
                as product_count,
            cast(gross as decimal(38, 9)) as gross_amount,
            cast(returned as decimal(38, 9)) as returned_amount,
            cast(gross as decimal(38, 9)) - cast(returned as decimal(38, 9)) as net_amount,
            true as is_counted
        from frame join names using (number) join places using (country_number)
        """
    )


def _marts(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create every table of the export from the orders."""
    _measures(con, shape)
    _score(con, shape)
    if shape.rule_segment:
        _assign_by_rule(con, shape.rule_segment)
    con.execute(_CUSTOMERS)
    con.execute(_SEGMENTS.format(run_id=shape.run_id))
    con.execute(_OVERVIEW)
    con.execute(_TRANSITIONS)
    con.execute(_PROFILES.format(run_id=shape.run_id))
    if shape.rule_segment:
        con.execute(
            f"""
            update segment_profiles set weight = null, mean_recency_feature = null,
                mean_value_feature = null, variance_recency_feature = null,
                variance_value_feature = null, covariance_features = null
            where segment_id = {shape.rule_segment}
            """
        )
    con.execute(_COHORTS)
    _model(con, shape)
    _outlook(con, shape)
    _campaigns(con, shape)
    _products(con, shape)
    _lines(con)


def _measures(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create ``measures``: customer, snapshot and the measures before that day."""
    dates = ", ".join(f"(date '{d}')" for d in _snapshots(shape))
    con.execute(f"create table snapshots as select * from (values {dates}) as v(snapshot_date)")
    con.execute(
        """
        create table measures as
        select
            customer_id,
            snapshot_date,
            cast(snapshot_date - max(order_date) as int) as recency_days,
            count(*) as frequency,
            count(distinct order_date) as purchase_day_count,
            cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
            cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
            cast(sum(net_amount) as decimal(38, 9)) as monetary,
            cast(snapshot_date - min(order_date) as int) as tenure_days,
            cast(sum(net_amount) / count(*) as decimal(38, 9)) as average_order_value,
            case when count(*) > 1
                then (max(order_date) - min(order_date)) / (count(*) - 1.0)
            end::double as average_days_between_orders,
            cast(max(product_count) * 2 as bigint) as product_count,
            cast(sum(returned_amount) / sum(gross_amount) as double) as return_rate,
            count(distinct date_trunc('month', order_date)) as active_month_count,
            min(ordered_at) as first_order_at,
            max(ordered_at) as last_order_at,
            any_value(country) as country
        from orders join snapshots on order_date < snapshot_date
        group by customer_id, snapshot_date
        """
    )


def _score(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create ``scored``: posteriors of a fixed mixture on the two features, per snapshot."""
    count = shape.segments
    weights = np.array(WEIGHTS[:count]) / sum(WEIGHTS[:count])
    centres = CENTRES[:count] if count > 1 else [(0.0, 0.0)]
    densities = ",\n".join(
        f"ln({w}) - 0.5 * (power((x1 - {a}) / 0.55, 2) + power((x2 - {b}) / 0.7, 2)) as d{i}"
        for i, (w, (a, b)) in enumerate(zip(weights, centres, strict=True), start=1)
    )
    listed = ", ".join(f"d{i}" for i in range(1, count + 1))
    personas = ", ".join(f"({i}, '{p[0]}')" for i, p in enumerate(PERSONAS[:count], start=1))
    con.execute(f"create table names_of as select * from (values {personas}) v(id, persona)")
    rows = [
        (i, *p, w, c[0] + FEATURE_SHIFT[0], c[1] + FEATURE_SHIFT[1])
        for i, (p, w, c) in enumerate(zip(PERSONAS, weights, centres, strict=False), start=1)
    ]
    columns = ["segment_id", "persona", "icon", "persona_description", "recommended_action"]
    frame = pd.DataFrame(rows, columns=[*columns, "weight", "x1", "x2"])
    frame["life_cycle"] = frame["persona"].map(LIFE_CYCLES)
    con.register("persona_rows", frame)
    con.execute(
        "create table personas as select * exclude (segment_id, weight, x1, x2) from persona_rows"
    )
    con.execute(
        f"""
        create table scored as
        with moments as (
            select avg(ln(1 + recency_days)) as mr, stddev(ln(1 + recency_days)) as sr,
                avg(ln(frequency)) as mf, stddev(ln(frequency)) as sf,
                avg(ln(monetary)) as mm, stddev(ln(monetary)) as sm
            from measures where snapshot_date = date '{shape.as_of}'
        ),
        features as (
            select customer_id, snapshot_date, (ln(1 + recency_days) - mr) / sr as x1,
                ((ln(frequency) - mf) / sf + (ln(monetary) - mm) / sm) / sqrt(2) as x2
            from measures, moments
        ),
        densities as (select *, {densities} from features),
        listed as (select *, [{listed}] as d, greatest({listed}) as top from densities),
        posterior as (
            select customer_id, snapshot_date, x1, x2, top,
                list_transform(d, lambda v: exp(v - top)) as e
            from listed
        ),
        normal as (
            select customer_id, snapshot_date, x1, x2, top + ln(list_sum(e)) as log_density,
                list_transform(e, lambda v: v / list_sum(e)) as p
            from posterior
        ),
        ranked as (
            select *, list_position(p, list_max(p)) as segment_id, list_reverse_sort(p)[2] as second
            from normal
        )
        select
            customer_id, snapshot_date, log_density, p as segment_probabilities,
            cast(segment_id as int) as segment_id,
            p[segment_id] as membership_probability,
            cast(case when second is not null then list_position(p, second) end as int)
                as runner_up_segment_id,
            second as runner_up_probability,
            log_density < -7 as is_outlier,
            x1 + {FEATURE_SHIFT[0]} as recency_feature, x2 + {FEATURE_SHIFT[1]} as value_feature
        from ranked
        """
    )
    con.execute(
        f"""
        create table customer_history as
        select customer_id, snapshot_date, day(snapshot_date) = 1 as is_month_end,
            snapshot_date = date '{shape.as_of}' as is_as_of_date, segment_id, persona,
            membership_probability, is_outlier, recency_days, frequency, monetary
        from scored join measures using (customer_id, snapshot_date)
        join names_of on id = segment_id
        order by customer_id, snapshot_date
        """
    )


# Name, persona (none for the whole), day sent, measured days, comparison, customers, buyers and
# revenue of either group, difference of shares and of revenue per customer with their ends.
_CAMPAIGN_ROWS = [
    ("Win back", None, "2011-10-01", 30, "measured", 400, 100, 92, 10, 9200.0, 1000.0,
     (0.13, 0.045, 0.196), (13.0, 2.5, 23.5)),
    ("Win back", "Loyal", "2011-10-01", 30, "measured", 250, 60, 70, 9, 8000.0, 900.0,
     (0.13, 0.012, 0.221), (17.0, -1.5, 35.5)),
    ("Win back", "Lost", "2011-10-01", 30, "too_few", 150, 20, 22, 1, 1200.0, 100.0,
     (0.0967, None, None), (3.0, None, None)),
    ('<b>Sale</b> | "50%" off', None, "2011-11-20", 20, "measured", 300, 90, 60, 20, 4500.0,
     1440.0, (-0.0222, -0.127, 0.066), (-1.0, -9.4, 7.4)),
    ("No control", None, "2011-09-15", 30, "no_control", 120, 0, 30, 0, 900.0, 0.0,
     (None, None, None), (None, None, None)),
    ("Tomorrow", None, "2011-12-20", 0, "not_begun", 50, 10, 0, 0, 0.0, 0.0,
     (None, None, None), (None, None, None)),
]  # fmt: skip
_CAMPAIGN_CLASSES = [
    ("Win back", "counted", 500), ("Win back", "duplicate", 3),
    ("Win back", "unknown_customer", 12),
    ('<b>Sale</b> | "50%" off', "counted", 390), ("No control", "counted", 120),
    ("Tomorrow", "counted", 60),
]  # fmt: skip


def _campaigns(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create what campaigns brought, in every state in which one can be."""
    schema = """
        campaign_id varchar, campaign_name varchar, persona varchar, is_total boolean,
        sent_date date, window_days int, measured_days int, is_complete boolean,
        comparison varchar, contacted_count bigint, control_count bigint,
        contacted_buyer_count bigint, control_buyer_count bigint, contacted_order_rate double,
        control_order_rate double, contacted_order_count bigint, control_order_count bigint,
        contacted_revenue decimal(38, 9), control_revenue decimal(38, 9),
        contacted_revenue_per_customer double, control_revenue_per_customer double,
        order_rate_uplift double, order_rate_uplift_low double, order_rate_uplift_high double,
        revenue_uplift double, revenue_uplift_low double, revenue_uplift_high double,
        incremental_revenue double, incremental_revenue_low double,
        incremental_revenue_high double
    """
    con.execute(f"create table campaign_uplift ({schema})")
    con.execute(
        "create table campaign_row_classes "
        "(campaign_id varchar, campaign_name varchar, row_class varchar, row_count bigint)"
    )
    if not shape.campaigns:
        return

    def key(name: str) -> str:
        return hashlib.sha256(name.encode()).hexdigest()[:16]

    for row in _CAMPAIGN_ROWS:
        name, persona, sent, measured, state, n1, n2, x1, x2, m1, m2, rate, money = row
        values = [
            key(name), name, persona or "All customers", persona is None, sent, 30, measured,
            measured == 30, state, n1, n2, x1, x2, x1 / n1, x2 / n2 if n2 else None, x1, x2, m1,
            m2, m1 / n1, m2 / n2 if n2 else None, *rate, *money,
            *(None if end is None else end * n1 for end in money),
        ]  # fmt: skip
        con.execute(f"insert into campaign_uplift values ({', '.join('?' * len(values))})", values)
    rows = [(key(name), name, kind, count) for name, kind, count in _CAMPAIGN_CLASSES]
    con.executemany("insert into campaign_row_classes values (?, ?, ?, ?)", rows)


def _assign_by_rule(con: duckdb.DuckDBPyConnection, segment: int) -> None:
    """Let a segment be no component of the mixture: its customers are there for certain."""
    con.execute(
        f"""
        update scored set membership_probability = 1, runner_up_segment_id = null,
            runner_up_probability = null, is_outlier = false,
            segment_probabilities = list_transform(
                range(1, len(segment_probabilities) + 1), lambda i: (i = {segment})::double
            )
        where segment_id = {segment};
        update customer_history set membership_probability = 1, is_outlier = false
        where segment_id = {segment};
        """
    )


_CUSTOMERS = """
create table customers as
select customer_id, true as is_segmented, cast(null as varchar) as exclusion_reason,
    min(ordered_at) as first_order_at, max(ordered_at) as last_order_at,
    any_value(country) as country, count(*) as order_count,
    cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
    cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
    cast(sum(net_amount) as decimal(38, 9)) as net_amount,
    cast(0 as bigint) as cancellation_count
from orders group by customer_id order by customer_id
"""

_SEGMENTS = """
create table customer_segments as
with latest as (select max(snapshot_date) as as_of_date from snapshots),
scores as (
    select customer_id, m.* exclude (customer_id, snapshot_date), as_of_date,
        cast(6 - ceil(5 * cume_dist() over (order by recency_days)) as int) as recency_score,
        cast(ceil(5 * cume_dist() over (order by frequency)) as int) as frequency_score,
        cast(ceil(5 * cume_dist() over (order by monetary)) as int) as monetary_score
    from measures as m join latest on snapshot_date = as_of_date
)
select customer_id, '{run_id}' as run_id, as_of_date, segment_id, n.persona,
    membership_probability, runner_up_segment_id, r.persona as runner_up, runner_up_probability,
    segment_probabilities, log_density, is_outlier,
    recency_feature, value_feature,
    'orders far more often and spends far more than most' as distinguishing_measures,
    s.* exclude (customer_id, as_of_date),
    concat(recency_score, frequency_score, monetary_score) as rfm_score,
    case when recency_score >= 4 and frequency_score >= 4 then 'Champions'
        when recency_score <= 2 then 'Hibernating' else 'Need Attention' end as rfm_segment
from scores as s
join scored as c using (customer_id)
join names_of as n on n.id = segment_id
left join names_of as r on r.id = runner_up_segment_id
where c.snapshot_date = as_of_date
order by customer_id
"""

_OVERVIEW = """
create table segment_overview as
with counted as (
    select snapshot_date, segment_id, persona, count(*) as customer_count,
        sum(monetary)::decimal(38, 9) as revenue
    from customer_history group by all
)
select snapshot_date, segment_id, persona, customer_count,
    customer_count / sum(customer_count) over (partition by snapshot_date)::double
        as customer_share,
    revenue,
    revenue::double / sum(revenue) over (partition by snapshot_date)::double as revenue_share,
    lag(customer_count) over (partition by segment_id order by snapshot_date)
        as previous_customer_count
from counted order by snapshot_date, segment_id
"""

_TRANSITIONS = """
create table segment_transitions as
with pairs as (
    select snapshot_date as to_date, lag(snapshot_date) over (order by snapshot_date) as from_date
    from snapshots where day(snapshot_date) = 1
),
moved as (
    select p.from_date, p.to_date, f.segment_id as from_segment_id, f.persona as from_persona,
        t.segment_id as to_segment_id, t.persona as to_persona, count(*) as customer_count
    from pairs as p
    join customer_history as t on t.snapshot_date = p.to_date
    left join customer_history as f
        on f.snapshot_date = p.from_date and f.customer_id = t.customer_id
    where p.from_date is not null
    group by all
)
select *, customer_count / sum(customer_count)
    over (partition by to_date, from_segment_id)::double as share_of_from
from moved order by to_date, from_segment_id nulls last, to_segment_id
"""

_PROFILES = """
create table segment_profiles as
select segment_id, persona, life_cycle, icon, persona_description, recommended_action,
    count(*) as customer_count,
    count(*) / sum(count(*)) over ()::double as customer_share,
    sum(monetary)::decimal(38, 9) as revenue,
    sum(monetary)::double / sum(sum(monetary)) over ()::double as revenue_share,
    median(recency_days)::double as median_recency_days,
    median(frequency)::double as median_frequency,
    median(monetary)::double as median_monetary,
    median(average_order_value)::double as median_average_order_value,
    median(tenure_days)::double as median_tenure_days,
    median(average_days_between_orders)::double as median_days_between_orders,
    median(product_count)::double as median_product_count,
    avg(return_rate) as mean_return_rate,
    avg(membership_probability) as mean_membership_probability,
    count(*) filter (is_outlier) as outlier_count,
    any_value(weight) as weight,
    any_value(x1) as mean_recency_feature, any_value(x2) as mean_value_feature,
    0.3025::double as variance_recency_feature, 0.49::double as variance_value_feature,
    0.0::double as covariance_features, '{run_id}' as run_id
from customer_segments join persona_rows using (segment_id, persona)
group by all order by segment_id
"""

_COHORTS = """
create table cohort_retention as
with firsts as (
    select customer_id, date_trunc('month', min(order_date))::date as cohort_month
    from orders group by customer_id
),
sizes as (select cohort_month, count(*) as cohort_customer_count from firsts group by all),
bought as (
    select cohort_month,
        datediff('month', cohort_month, order_date)::int as months_since,
        count(distinct customer_id) as customer_count, count(*) as order_count,
        sum(net_amount)::decimal(38, 9) as revenue
    from orders join firsts using (customer_id) group by all
)
select cohort_month, months_since, cohort_customer_count, customer_count, order_count, revenue,
    customer_count / cohort_customer_count::double as retention_rate
from bought join sizes using (cohort_month) order by cohort_month, months_since
"""


def _model(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create the tables of the model: its choice, its tests, its lineage and drift."""
    run = f"'{shape.run_id}' as run_id"
    con.execute(
        f"""
        create table model_selection as
        select k::int as segment_count, 7::bigint as seed, 0.62 - 0.03 * k as silhouette,
            (21000 - 900 * k + 75 * k * k)::double as bic,
            (20800 - 900 * k + 70 * k * k)::double as aic,
            (-10000 + 300 * k)::double as log_likelihood, 5::int as iteration_count,
            false as is_converged, k::int as used_component_count,
            0.4 / k as smallest_share, least(0.9, 1.7 / k) as largest_share,
            0.02::double as smallest_eigenvalue,
            case when k > 7 then null else 0.95 - 0.015 * k end as stability,
            case when k > 7 then 0 else 10 end::int as stability_draw_count,
            k between 4 and 7 as is_eligible, k = {shape.segments} as is_chosen,
            case when k = {shape.segments}
                then 'largest k within 0.05 of the best silhouette'
                else 'another k was better' end as reason, {run}
        from (select unnest([{shape.segments}, 4, 5, 7, 8]) as k) order by k
        """
    )
    names = "unnest([{}])".format(", ".join(f"'{p[0]}'" for p in PERSONAS[: shape.segments]))
    con.execute(
        f"""
        create table backtest as
        with cut as (select unnest([90, 180]) as days),
        methods as (select unnest(['mixture', 'kmeans', 'rfm_rules_11', 'rfm_rules_10',
            'past_spend']) as method),
        parts as (select generate_subscripts([{", ".join("1" for _ in range(shape.segments))}], 1)
            as segment_rank, {names} as segment)
        select date '{shape.as_of}' - days::int as cutoff_date, 90::int as horizon_days, method,
            segment_rank::int as segment_rank, segment,
            ({shape.customers} / 6 / segment_rank)::bigint as customer_count,
            0.4 / segment_rank as customer_share, 90000.0 / segment_rank as future_revenue,
            0.4 / segment_rank as future_revenue_share,
            900.0 / segment_rank as future_revenue_per_customer,
            760.0 / segment_rank as future_revenue_per_customer_low,
            1080.0 / segment_rank as future_revenue_per_customer_high,
            3.0 / segment_rank as future_orders_per_customer,
            0.85 / segment_rank as active_share, 0.8 / segment_rank as active_share_low,
            0.9 / segment_rank as active_share_high, {run}
        from cut, methods, parts order by all
        """
    )
    con.execute(
        f"""
        create table backtest_metrics as
        select cutoff_date, 90::int as horizon_days, method,
            case when method = 'past_spend' then null else {shape.segments} end::int
                as segment_count,
            case when method = 'past_spend' then null else e end as eta_squared,
            case when method = 'past_spend' then null else e - 0.03 end as eta_squared_low,
            case when method = 'past_spend' then null else e + 0.03 end as eta_squared_high,
            e * 2.6 as top_fifth_capture, e * 2.5 as top_fifth_capture_low,
            e * 2.8 as top_fifth_capture_high, e * 2.4 as normalised_gini,
            case when method not in ('mixture', 'past_spend') then 0.25 - e end
                as eta_squared_lead,
            case when method not in ('mixture', 'past_spend') then 0.24 - e end
                as eta_squared_lead_low,
            case when method not in ('mixture', 'past_spend') then 0.27 - e end
                as eta_squared_lead_high,
            case when method <> 'mixture' then 0.6 - e * 2.6 end as top_fifth_capture_lead,
            case when method <> 'mixture' then 0.57 - e * 2.6 end as top_fifth_capture_lead_low,
            case when method <> 'mixture' then 0.61 - e * 2.6 end as top_fifth_capture_lead_high,
            {run}
        from (select distinct cutoff_date, method from backtest)
        join (values ('mixture', 0.25), ('kmeans', 0.245), ('rfm_rules_11', 0.21),
            ('rfm_rules_10', 0.22), ('past_spend', 0.24)) as v(method, e) using (method)
        order by cutoff_date, method
        """
    )
    con.execute(
        f"""
        create table confidence_calibration as
        select decile::int as decile, {shape.customers // 10}::bigint as customer_count,
            1 - decile * 0.05 as mean_probability, 1 - decile * 0.03 as same_segment_share,
            0.97 - decile * 0.05 as same_segment_share_low,
            1 - decile * 0.01 as same_segment_share_high, 10::int as refit_count, {run}
        from (select unnest(range(1, 11)) as decile)
        """
    )
    con.execute(
        f"""
        create table segment_lineage as
        select segment_id, persona, 'run-before' as previous_run_id,
            segment_id as previous_segment_id, persona as previous_persona,
            customer_count as shared_customer_count, 0.93 as share_of_segment,
            true as is_best_match, {run}
        from segment_profiles order by segment_id
        """
    )
    con.execute(
        f"""
        create table drift as
        select snapshot_date, feature,
            case when feature <> 'outlier_share' then 0.02 * n end::double
                as population_stability_index,
            case when feature = 'outlier_share' then 0.004 * n end::double as outlier_share,
            n >= 13 and feature = 'recency_days' as is_refit_due, {run}
        from (select snapshot_date, row_number() over (order by snapshot_date desc) as n
            from snapshots),
        (select unnest(['recency_days', 'frequency', 'monetary', 'outlier_share']) as feature)
        order by snapshot_date, feature
        """
    )


def _outlook(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create customer_outlook, outlook_backtest and outlook_calibration."""
    run = f"'{shape.run_id}' as run_id"
    con.execute(
        f"""
        create table customer_outlook as
        with chances as (
            select *, 0.98 / (1 + recency_days / 60.0) as chance,
                monetary::double / (tenure_days + 30) * 90 as spend
            from customer_segments
        )
        select customer_id, {run}, as_of_date, 90::int as horizon_days, chance as order_chance,
            chance * 0.9 as order_chance_low, least(chance * 1.1, 1.0) as order_chance_high,
            chance * 2 as expected_orders, chance * 1.6 as expected_orders_low,
            chance * 2.5 as expected_orders_high, spend as expected_spend,
            spend * 0.8 as expected_spend_low, spend * 1.25 as expected_spend_high,
            case when chance > 0.9 then spend / 4 else 0.0 end as likely_spend_low,
            case when chance > 0.1 then spend * 3 else 0.0 end as likely_spend_high
        from chances order by customer_id
        """
    )
    con.execute(
        f"""
        create table outlook_backtest as
        select {run}, date '{shape.as_of}' - days::int as cutoff_date, 90::int as horizon_days,
            method, {shape.customers}::bigint as customer_count,
            c - days / 3000 as top_fifth_capture, c - 0.08 as top_fifth_capture_low,
            c + 0.05 as top_fifth_capture_high, c - 0.67 as capture_gain,
            c - 0.68 as capture_gain_low, c - 0.66 as capture_gain_high,
            c * 900 as expected_spend, 640.5 as actual_spend, 400 / c as mean_absolute_error,
            380 / c as mean_absolute_error_low, 430 / c as mean_absolute_error_high,
            1400 / c as root_mean_square_error,
            case when method in ('outlook', 'bg_nbd') then 0.52 end as expected_active_share,
            0.55 as active_share,
            case when method in ('outlook', 'bg_nbd') then 0.2 end as brier_score,
            case when method = 'outlook' then 0.82 end as likely_spend_coverage
        from (select unnest([90.0::double, 180.0]) as days),
        (values ('outlook', 0.68::double), ('bg_nbd', 0.66), ('mixture', 0.64),
            ('past_spend', 0.67)) as v(method, c)
        order by cutoff_date, method
        """
    )
    con.execute(
        f"""
        create table outlook_calibration as
        select {run}, date '{shape.as_of}' - days::int as cutoff_date, 90::int as horizon_days,
            method, measure, decile::int as decile,
            ({shape.customers} / 10)::bigint as customer_count, size / decile as expected,
            size / decile * 0.9 + days / 9000 as actual,
            size / decile * 0.8 as actual_low, size / decile * 1.05 as actual_high
        from (select unnest([90.0::double, 180.0]) as days),
        (select unnest(['outlook', 'bg_nbd']) as method),
        (values ('order_chance', 0.93::double), ('expected_orders', 5.5),
            ('expected_spend', 3900.0)) as v(measure, size),
        (select unnest(range(1, 11)) as decile)
        order by all
        """
    )


def _products(con: duckdb.DuckDBPyConnection, shape: Shape) -> None:
    """Create segment_products; without products it is empty."""
    con.execute(
        f"""
        create table segment_products as
        select segment_id, persona, (85000 + n)::varchar as product_id,
            case when n = 1 then '{HOSTILE_PRODUCT}' else 'PRODUCT NUMBER ' || n end as description,
            (customer_count * 0.5 / n)::bigint as customer_count,
            customer_count as segment_customer_count, 0.5 / n as customer_share,
            (customer_count * 1.5 / n)::bigint as overall_customer_count,
            0.5 / n / (1 + 3.0 / n) as overall_share,
            (revenue / 20 / n)::decimal(38, 9) as revenue, 1 + 3.0 / n as lift,
            1 + 2.0 / n as lift_low, 1 + 4.0 / n as lift_high, n::int as customer_rank,
            n::int as revenue_rank, case when n <= 3 then n end::int as stand_out_rank
        from segment_profiles, range(1, 51) as r(n)
        where {str(shape.products).lower()} order by segment_id, product_id;
        create table products as
        select product_id, any_value(description) as description, 'goods' as product_class,
            null::varchar as code_description, 100::bigint as line_count,
            200::decimal(38, 3) as sold_quantity, 500::decimal(38, 9) as gross_amount
        from segment_products group by product_id order by product_id;
        -- Each order is of one product, of the first thirteen; nobody bought the others.
        create table customer_product_months as
        select (85000 + least(order_id::int % 97 + 1, order_id::int % 13 + 1))::varchar
                as product_id,
            customer_id, date_trunc('month', order_date)::date as order_month,
            sum(net_amount)::decimal(38, 9) as revenue
        from orders where {str(shape.products).lower()}
        group by all order by all
        """
    )


def _lines(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables about lines, gates and scores."""
    rows = ", ".join(
        f"('{name}', {count}, {amount or 'null'}, {str(kept).lower()}, {i}, '{text}')"
        for i, (name, count, amount, kept, text) in enumerate(CLASSES, start=1)
    )
    con.execute(
        f"""
        create table line_classes as
        with net as (select sum(net_amount) as total from orders)
        select line_class, row_count::bigint as row_count,
            coalesce(v.amount, total + 430000)::decimal(38, 9) as amount,
            is_kept, class_order::int as class_order, description
        from net, (values {rows})
            as v(line_class, row_count, amount, is_kept, class_order, description)
        order by class_order
        """
    )
    con.execute(
        """
        create table rejected_line_examples as
        select line_class, line_class as reject_reason, 'retail.csv' as source_file,
            n::bigint as source_row, (536000 + n)::varchar as order_id, 'POST' as product_id,
            'POSTAGE <b>' as description, '1' as quantity_text, '0.0' as unit_price_text,
            '12/1/2010 8:26' as ordered_at_text, null::varchar as customer_id,
            0::decimal(38, 9) as amount
        from line_classes, range(1, 11) as r(n) where not is_kept and row_count > 0
        order by line_class, source_row
        """
    )
    con.execute(
        """
        create table rfm_score_thresholds as
        select measure, score::int as score, (score * 10)::double as lower_bound,
            (score * 10 + 10)::double as upper_bound, 100::bigint as customer_count
        from (select unnest(['recency_days', 'frequency', 'monetary']) as measure),
            range(1, 6) as r(score) order by all
        """
    )
    con.execute(
        """
        create table unmatched_returns as select * from (values
            ('before the first day of the data', 310::bigint, -8200::decimal(38, 9)),
            ('more came back than was sold', 42::bigint, -1900::decimal(38, 9))
        ) as v(reason, row_count, amount)
        """
    )
    con.execute(
        """
        create table gate_results as
        select array_position(gates, gate)::int as gate_order, gate, gate || '_suite' as suite,
            'expect_column_values_to_not_be_null' as expectation,
            'customer_id' as column_name, case when n = 4 then 'warning' else 'critical' end
                as severity,
            n <> 4 as success, '0' as observed_value, 0::bigint as unexpected_count,
            '[]' as unexpected_values, 'Every row has a customer (' || n || ').' as description
        from (select ['raw', 'clean', 'mart', 'segments'] as gates),
            unnest(gates) as g(gate), range(1, 5) as r(n)
        order by gate, suite, severity, success, description
        """
    )


def _account(con: duckdb.DuckDBPyConnection) -> dict:
    """Return the manifest's account of rows and money."""
    row = con.execute(
        """
        select sum(row_count), sum(row_count) filter (is_kept),
            sum(row_count) filter (not is_kept),
            sum(amount), sum(amount) filter (is_kept), sum(amount) filter (not is_kept)
        from line_classes
        """
    ).fetchone()
    names = ["raw_rows", "kept_rows", "rejected_rows", "raw_amount", "kept_amount"]
    values = [int(v) for v in row[:3]] + [str(v) for v in row[3:]]
    return dict(zip([*names, "rejected_amount"], values, strict=True))


def _write(con: duckdb.DuckDBPyConnection, target: Path, name: str) -> dict:
    """Write one table as parquet and return its entry in the manifest."""
    path = target / f"{name}.parquet"
    order = " order by customer_id, ordered_at" if name == "orders" else ""
    con.execute(f"copy (from {name}{order}) to '{path}' (format parquet)")
    columns = con.execute(f"describe {name}").fetchall()
    rows = con.execute(f"select count(*) from {name}").fetchone()[0]
    return {
        "file": path.name,
        "rows": rows,
        "sha256": _sha(path),
        "columns": {c[0]: c[1].lower() for c in columns},
    }


def _files(con: duckdb.DuckDBPyConnection, target: Path, shape: Shape) -> None:
    """Write the files beside the tables."""
    con.execute(
        rf"""
        copy (
            select
                if(customer_id[1] in ('=', '+', '-', '@'), '''' || customer_id, customer_id)
                    as customer_id,
                persona, recommended_action as action, membership_probability,
                date '{shape.as_of}' as as_of_date, '{shape.run_id}' as run_id,
                hash(customer_id) % 10 = 0 as is_control
            from customer_segments
            join (select segment_id, recommended_action from segment_profiles) using (segment_id)
            where membership_probability >= 0.5
            order by customer_id
        ) to '{target / "activation.csv"}' (header)
        """
    )
    (target / "MODEL_CARD.md").write_text("# Model card\n\nA mixture on two features.\n")
    (target / "model.json").write_text(json.dumps({"segments": shape.segments}))


def _manifest(con, target: Path, shape: Shape, tables: dict, account: dict) -> None:
    """Write the manifest, last."""
    files = ["activation.csv", "MODEL_CARD.md", "model.json"]
    manifest = {
        "schema_version": 6,
        "run_id": shape.run_id,
        "created_at": "2011-12-10T06:30:00+00:00",
        "as_of_date": str(shape.as_of),
        "currency": shape.currency,
        "source": {
            "name": "synthetic",
            "files": [{"source_file": "retail.csv", "rows": account["raw_rows"], "sha256": "0"}],
            "has_product": shape.products,
            "has_quantity": shape.products,
            "has_country": shape.countries,
        },
        "tables": tables,
        "files": {name: _sha(target / name) for name in files},
        "account": account,
        "model": {
            "segment_count": shape.segments,
            "silhouette": 0.44,
            "stability": 0.86,
            "selection_rule": "band",
            "violated_guards": None,
            "seed": 7,
        },
        "gates": {"passed": 12, "failed": 0, "warnings": 4, "data_docs": "/data/docs/index.html"},
        "warnings": ["Fewer than 500 customers in the last month."],
        "versions": {"spark": "4.1.4", "dbt": "1.11.16", "duckdb": duckdb.__version__},
        "parameters": {
            "fit_sample": 200000,
            "stand_out_minimum_customers": 20,
            "stand_out_minimum_share": 0.05,
        },
    }
    (target / "manifest.json").write_text(json.dumps(manifest, indent=1))


def _sha(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--customers", type=int, default=Shape.customers)
    parser.add_argument("--months", type=int, default=Shape.months)
    parser.add_argument("--segments", type=int, default=Shape.segments)
    parser.add_argument("--seed", type=int, default=Shape.seed)
    given = vars(parser.parse_args())
    print(write_export(given.pop("out"), Shape(**given)))
