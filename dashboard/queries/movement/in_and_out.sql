-- Arrivals and departures of each segment by month. New customers arrive
-- from outside; of those who left, the ones who slipped are counted apart.
with moves as (
    select * from moves
    where
        to_date <= $as_of
        and ($country is null or country = $country)
),

ends as (
    select
        to_date,
        to_segment_id as segment_id,
        to_persona as persona,
        case
            when direction in ('new', 'stayed') then direction
            else 'arrived'
        end as kind,
        customer_count
    from moves
    where to_segment_id is not null
    union all
    select
        to_date,
        from_segment_id,
        from_persona,
        case when direction = 'slipped' then direction else 'left' end as kind,
        customer_count
    from moves
    where from_segment_id is not null and direction <> 'stayed'
),

in_and_out as (
    select
        to_date,
        segment_id,
        persona,
        coalesce(sum(customer_count) filter (kind = 'new'), 0)::bigint
            as new_count,
        coalesce(sum(customer_count) filter (kind = 'arrived'), 0)::bigint
            as arrived_count,
        coalesce(sum(customer_count) filter (kind = 'slipped'), 0)::bigint
            as slipped_count,
        coalesce(sum(customer_count) filter (kind = 'left'), 0)::bigint
            as left_count
    from ends
    group by to_date, segment_id, persona
)

select * from in_and_out
where $segment is null or persona = $segment
order by to_date, segment_id
