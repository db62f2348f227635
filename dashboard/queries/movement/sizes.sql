with snapshot_totals as (
    select * from snapshot_totals
    where
        snapshot_date <= $as_of
        and ($country is null or country = $country)
        and ($segment is null or persona = $segment)
),

sizes as (
    select
        snapshot_date,
        segment_id,
        persona,
        sum(customer_count)::bigint as customer_count,
        sum(revenue) as revenue
    from snapshot_totals
    group by all
)

select * from sizes
order by snapshot_date, segment_id
