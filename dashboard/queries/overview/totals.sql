with snapshot_totals as (
    select * from snapshot_totals
    where snapshot_date <= $as_of
),

selected as (
    select * from snapshot_totals
    where
        ($country is null or country = $country)
        and ($segment is null or persona = $segment)
),

totals as (
    select
        snapshot_date,
        sum(customer_count)::bigint as customer_count,
        sum(active_customer_count)::bigint as active_customer_count,
        sum(active_customer_count) / sum(customer_count) as active_share,
        sum(order_count)::bigint as order_count,
        sum(order_count) / sum(customer_count) as orders_per_customer,
        sum(revenue) as revenue,
        sum(silent_revenue) as silent_revenue,
        sum(silent_revenue)::double / nullif(sum(revenue)::double, 0)
            as silent_share
    from selected
    group by snapshot_date
)

select * from totals
order by snapshot_date
