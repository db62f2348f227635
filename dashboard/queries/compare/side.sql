-- One side of a comparison: its customers of a day, by what they did until then
-- and, at the run's own date, by what is expected of them.
with selected as (
    select * from chosen_customers(
        $day,
        segment := $side_segment_id,
        country_name := $country,
        alternatives := $alternatives
    )
),

everyone as (
    select
        sum(customer_count)::bigint as everyone_count,
        sum(revenue) as everyone_revenue
    from snapshot_totals
    where
        snapshot_date = $day
        and ($country is null or country = $country)
),

expected as (
    select
        customer_number,
        order_chance,
        expected_orders,
        expected_spend
    from customer_measures
    where $day::date in (select max(snapshots.snapshot_date) from snapshots)
),

side as (
    select
        count(*) as customer_count,
        sum(selected.monetary)::double as revenue,
        count(*) filter (selected.recency_days <= $active_days)
            as active_count,
        median(selected.recency_days)::double as recency_days,
        median(selected.frequency)::double as frequency,
        median(selected.monetary::double) as monetary,
        median(selected.monetary::double / selected.frequency)
            as average_order_value,
        avg(expected.order_chance) as order_chance,
        avg(expected.expected_orders) as expected_orders,
        avg(expected.expected_spend) as expected_spend
    from selected
    left join expected
        on selected.customer_number = expected.customer_number
)

select
    side.*,
    everyone.everyone_count,
    everyone.everyone_revenue::double as everyone_revenue,
    side.customer_count / everyone.everyone_count as customer_share,
    side.revenue / nullif(everyone.everyone_revenue::double, 0)
        as revenue_share,
    side.active_count / nullif(side.customer_count, 0) as active_share
from side
cross join everyone
