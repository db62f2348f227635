-- Grain: snapshot, country and segment.
with map_cells as (
    select * from map_cells
),

segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
),

snapshot_totals as (
    select
        map_cells.snapshot_date,
        map_cells.country,
        map_cells.segment_id,
        segment_profiles.persona,
        sum(map_cells.customer_count)::bigint as customer_count,
        sum(map_cells.active_customer_count)::bigint as active_customer_count,
        sum(map_cells.order_count)::bigint as order_count,
        sum(map_cells.revenue) as revenue,
        sum(map_cells.silent_revenue) as silent_revenue
    from map_cells
    inner join segment_profiles
        on map_cells.segment_id = segment_profiles.segment_id
    group by all
)

select * from snapshot_totals
order by snapshot_date, country, segment_id
