with snapshot_totals as (
    select * from snapshot_totals
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

segments as (
    select
        segment_id,
        persona,
        sum(customer_count)::bigint as customer_count,
        sum(active_customer_count)::bigint as active_customer_count,
        sum(order_count)::bigint as order_count,
        sum(revenue) as revenue
    from snapshot_totals
    group by segment_id, persona
),

segment_shares as (
    select
        *,
        customer_count / sum(customer_count) over () as customer_share,
        revenue::double / nullif(sum(revenue::double) over (), 0)
            as revenue_share
    from segments
)

select * from segment_shares
order by segment_id
