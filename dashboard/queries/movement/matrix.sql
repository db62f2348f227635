-- Shares are of all who started in a segment; a chosen segment narrows what is
-- shown to the moves from it and into it.
with moves as (
    select * from moves
    where
        to_date = $to_date
        and ($country is null or country = $country)
),

flows as (
    select
        coalesce(from_segment_id, 0) as from_segment_id,
        coalesce(from_persona, 'First order') as from_persona,
        coalesce(to_segment_id, 0) as to_segment_id,
        coalesce(to_persona, 'Returned it all') as to_persona,
        sum(customer_count)::bigint as customer_count,
        coalesce(sum(customer_count) filter (direction = 'slipped'), 0)::bigint
            as slipped_count,
        coalesce(sum(customer_count) filter (direction = 'rose'), 0)::bigint
            as rose_count,
        coalesce(sum(customer_count) filter (direction = 'changed'), 0)::bigint
            as changed_count,
        sum(revenue) as revenue
    from moves
    group by all
),

matrix as (
    select
        *,
        customer_count / sum(customer_count) over (
            partition by from_segment_id
        ) as share_of_from
    from flows
)

select * from matrix
where $segment is null or from_persona = $segment or to_persona = $segment
order by from_segment_id, to_segment_id
