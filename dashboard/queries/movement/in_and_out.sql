-- Arrivals and departures of each segment by month. New customers arrive
-- from outside.
with moves as (
    select * from moves
    where to_date <= $as_of
        and ($country is null or country = $country)
),
arrivals as (
    select
        to_date,
        to_segment_id as segment_id,
        to_persona as persona,
        sum(customer_count) filter (from_segment_id is null) as new_count,
        sum(customer_count) filter (from_segment_id <> to_segment_id)
            as arrived_count
    from moves
    where to_segment_id is not null
    group by all
),
departures as (
    select
        to_date,
        from_segment_id as segment_id,
        sum(customer_count) as left_count
    from moves
    where from_segment_id is distinct from to_segment_id
    group by all
),
in_and_out as (
    select
        arrivals.to_date,
        arrivals.segment_id,
        arrivals.persona,
        coalesce(arrivals.new_count, 0)::bigint as new_count,
        coalesce(arrivals.arrived_count, 0)::bigint as arrived_count,
        coalesce(departures.left_count, 0)::bigint as left_count
    from arrivals
    left join departures
        on arrivals.to_date = departures.to_date
        and arrivals.segment_id = departures.segment_id
)
select * from in_and_out
order by to_date, segment_id
