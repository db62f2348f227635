-- Customers counted on a grid of days since the last order and amount spent,
-- both logarithmic. At most 40 x 30 cells a segment, whatever the size.
with customer_history as (
    select * from customer_history
    where snapshot_date = $as_of
        and ($segment is null or persona = $segment)
),
places as (
    select customer_id from customers
    where country = $country
),
selected as (
    select * from customer_history
    where $country is null or customer_id in (select customer_id from places)
),
cells as (
    select
        segment_id,
        persona,
        floor(ln(recency_days) / 0.17)::int as recency_cell,
        floor(ln(greatest(monetary::double, 1)) / 0.35)::int as money_cell,
        count(*) as customer_count,
        sum(monetary) as revenue
    from selected
    group by all
),
ranked as (
    select
        recency_cell,
        money_cell,
        arg_max(segment_id, customer_count) as segment_id,
        arg_max(persona, customer_count) as persona,
        sum(customer_count)::bigint as customer_count,
        sum(revenue) as revenue
    from cells
    group by recency_cell, money_cell
),
customer_map as (
    select
        segment_id,
        persona,
        exp((recency_cell + 0.5) * 0.17) as recency_days,
        exp((money_cell + 0.5) * 0.35) as monetary,
        customer_count,
        revenue
    from ranked
)
select * from customer_map
order by segment_id, recency_days, monetary
