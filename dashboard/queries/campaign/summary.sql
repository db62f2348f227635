-- The customers of a campaign's selection by the segment they are in at the
-- run's own day: how many to write to, to hold out, and to leave out because
-- they belong to it with too little confidence.
with last_day as (
    select max(snapshot_date) as day from snapshots
),

selected as (
    select * from chosen_customers(
        (select day from last_day),
        segment := $segment_id,
        country_name := $country,
        id_part := $search,
        least_probability := $least_sure,
        least_money := $least_spent,
        start_day := $moved_from,
        end_day := $moved_to,
        direction_of := $move,
        from_segment := $from_segment_id,
        to_segment := $to_segment_id,
        alternatives := $alternatives
    )
),

summary as (
    select
        segment_profiles.segment_id,
        segment_profiles.persona,
        segment_profiles.recommended_action as action,
        count(*) as customer_count,
        count(*) filter (not activation.is_control) as write_count,
        count(*) filter (activation.is_control) as control_count,
        count(*) filter (activation.is_control is null) as unsure_count,
        count(*) filter (
            selected.recency_days <= last_day.day - $moved_to::date
        ) as returned_count,
        sum(selected.monetary) as revenue
    from selected
    cross join last_day
    left join activation
        on selected.customer_number = activation.customer_number
    left join segment_profiles
        on selected.segment_id = segment_profiles.segment_id
    group by
        segment_profiles.segment_id,
        segment_profiles.persona,
        segment_profiles.recommended_action
)

select * from summary
order by segment_id
