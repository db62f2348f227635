-- Grain: snapshot, country and segment. Every count and sum that pages show
-- by segment comes from here, so that no two pages can differ.
with history as (
    select * from customer_history
    where is_month_end or is_as_of_date
),
places as (
    select
        customer_id,
        country
    from customers
    where country is not null
),
totals as (
    select
        history.snapshot_date,
        places.country,
        history.segment_id,
        history.persona,
        count(*) as customer_count,
        count(*) filter (history.recency_days <= $active_days)
            as active_customer_count,
        sum(history.frequency)::bigint as order_count,
        sum(history.monetary) as revenue,
        coalesce(
            sum(history.monetary) filter (history.recency_days > $active_days),
            0
        ) as silent_revenue
    from history
    left join places on history.customer_id = places.customer_id
    group by all
)
select * from totals
order by snapshot_date, country, segment_id
