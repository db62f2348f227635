-- Who slipped and who rose between two month ends, by segment, with what they
-- spent in the twelve months before the later one and what to do about it.
-- Those who slipped come first, then the most money.
with moves as (
    select * from moves
    where
        from_date = $from_date
        and to_date = $to_date
        and direction in ('slipped', 'rose')
        and ($country is null or country = $country)
        and (
            $segment is null
            or from_persona = $segment
            or to_persona = $segment
        )
),

changes as (
    select
        moves.direction,
        moves.from_segment_id,
        moves.from_persona,
        moves.to_segment_id,
        moves.to_persona,
        segment_profiles.recommended_action,
        sum(moves.customer_count)::bigint as customer_count,
        sum(moves.year_revenue) as year_revenue
    from moves
    left join segment_profiles
        on moves.to_segment_id = segment_profiles.segment_id
    group by all
)

select * from changes
order by
    direction = 'slipped' desc,
    year_revenue desc,
    from_segment_id asc,
    to_segment_id asc
