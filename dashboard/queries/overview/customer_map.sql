with map_cells as (
    select * from map_cells
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
    where $segment is null or persona = $segment
),

cells as (
    select
        map_cells.segment_id,
        segment_profiles.persona,
        map_cells.recency_cell,
        map_cells.money_cell,
        sum(map_cells.customer_count) as customer_count,
        sum(map_cells.revenue) as revenue
    from map_cells
    inner join segment_profiles
        on map_cells.segment_id = segment_profiles.segment_id
    group by all
),

customer_map as (
    select
        arg_max(segment_id, (customer_count, -segment_id)) as segment_id,
        arg_max(persona, (customer_count, -segment_id)) as persona,
        exp((recency_cell + 0.5) * 0.17) as recency_days,
        exp((money_cell + 0.5) * 0.35) as monetary,
        -- Days are whole, and who spent less than 1 is in the cell of 1.
        ceil(exp(recency_cell * 0.17))::int as recency_from,
        ceil(exp((recency_cell + 1) * 0.17))::int as recency_to,
        case when money_cell > 0 then exp(money_cell * 0.35) else 0 end
            as monetary_from,
        exp((money_cell + 1) * 0.35) as monetary_to,
        sum(customer_count)::bigint as customer_count,
        sum(revenue) as revenue
    from cells
    group by recency_cell, money_cell
)

select * from customer_map
order by segment_id, recency_days, monetary
