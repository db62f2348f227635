-- Grain: segment before, segment after, and whether the customer ordered in
-- between. Direction is what a customer did: who did not order and is absent
-- for longer slipped; who ordered and is absent for less, or as much in a
-- better segment, rose.
with segments as (
    select
        segment_id,
        persona,
        case life_cycle
            when 'new' then 0
            when 'active' then 0
            when 'slipping' then 1
            when 'mixed' then 1
            when 'gone' then 2
        end as absence
    from segment_profiles
),

in_between as (
    select unnest([true, false]) as has_ordered
),

directions as (
    select
        before_segments.segment_id as from_segment_id,
        after_segments.segment_id as to_segment_id,
        in_between.has_ordered,
        case
            when before_segments.segment_id = after_segments.segment_id
                then 'stayed'
            when
                not in_between.has_ordered
                and after_segments.absence > before_segments.absence
                then 'slipped'
            when
                in_between.has_ordered
                and (after_segments.absence, after_segments.segment_id)
                < (before_segments.absence, before_segments.segment_id)
                then 'rose'
            else 'changed'
        end as direction
    from segments as before_segments
    cross join segments as after_segments
    cross join in_between
)

select * from directions
order by from_segment_id, to_segment_id, has_ordered
