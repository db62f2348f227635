-- The customers of a campaign's selection by the segment they are in at the
-- run's own day: how many to write to, to hold out, and to leave out because
-- they belong to it with too little confidence.
with last_day as (
    select max(snapshot_date) as day from snapshots
),
found as (
    select customer_number from customer_keys
    where contains(lower(customer_id), lower($search))
),
after_month as (
    select
        *,
        recency_days <= $moved_to::date - $moved_from::date as has_ordered
    from customer_months
    where snapshot_date = $moved_to
),
before_month as (
    select * from customer_months
    where snapshot_date = $moved_from
),
moved as (
    select after_month.customer_number
    from after_month
    inner join before_month
        on after_month.customer_number = before_month.customer_number
        and after_month.segment_id <> before_month.segment_id
    inner join directions
        on before_month.segment_id = directions.from_segment_id
        and after_month.segment_id = directions.to_segment_id
        and after_month.has_ordered = directions.has_ordered
    where ($move is null or directions.direction = $move)
        and (
            $from_segment_id is null
            or before_month.segment_id = $from_segment_id
        )
        and ($to_segment_id is null or after_month.segment_id = $to_segment_id)
        and (
            $segment_id is null
            or before_month.segment_id = $segment_id
            or after_month.segment_id = $segment_id
        )
),
selected as (
    select customer_months.*
    from customer_months
    inner join last_day on customer_months.snapshot_date = last_day.day
    where ($country is null or customer_months.country = $country)
        and customer_months.membership_probability >= $least_sure
        and ($least_spent is null or customer_months.monetary >= $least_spent)
        and (
            $search is null
            or customer_months.customer_number in (
                select customer_number from found
            )
        )
        and case
            when $moved_to is null
                then $segment_id is null
                or customer_months.segment_id = $segment_id
            else customer_months.customer_number in (
                select customer_number from moved
            )
        end
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
