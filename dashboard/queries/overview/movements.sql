-- The largest flows from one segment to another between two month ends: of
-- those who slipped first, by what they have spent, then of all others.
with moves as (
    select * from moves
    where to_date = $to_date
        and ($country is null or country = $country)
        and from_segment_id is not null
),
flows as (
    select
        from_segment_id,
        from_persona,
        to_segment_id,
        to_persona,
        direction,
        sum(customer_count)::bigint as customer_count,
        sum(revenue) as revenue
    from moves
    group by all
),
movements as (
    select
        *,
        customer_count / sum(customer_count) over (
            partition by from_segment_id
        ) as share_of_from
    from flows
)
select * from movements
where direction in ('slipped', 'rose', 'changed')
    and (
        $segment is null
        or from_persona = $segment
        or to_persona = $segment
    )
order by
    direction = 'slipped' desc,
    revenue desc,
    from_segment_id,
    to_segment_id,
    direction
limit 3
