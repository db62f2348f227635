-- Grain: snapshot, country, segment and cell of the customer map (days since
-- the last order and amount spent, both logarithmic). Every count and sum
-- that pages show by segment is a sum over these, so no two pages differ.
with customer_months as (
    select
        *,
        ln(recency_days) as recency,
        ln(greatest(monetary::double, 1)) as money
    from customer_months
),

map_cells as (
    select
        snapshot_date,
        country,
        segment_id,
        floor(recency / 0.17)::int as recency_cell,
        floor(money / 0.35)::int as money_cell,
        count(*) as customer_count,
        count(*) filter (recency_days <= $active_days) as active_customer_count,
        sum(frequency)::bigint as order_count,
        sum(monetary) as revenue,
        coalesce(sum(monetary) filter (recency_days > $active_days), 0)
            as silent_revenue,
        sum(recency) as recency_sum,
        sum(money) as money_sum,
        sum(recency * recency) as recency_square_sum,
        sum(money * money) as money_square_sum,
        sum(recency * money) as product_sum
    from customer_months
    group by all
)

select * from map_cells
