-- Whom a campaign would write to: who is selected at the run's own day, by the
-- segment they are in then. A selection is either the customers of a segment,
-- or those who moved between two month ends. Who is not in the activation list
-- belongs to the segment with too little confidence.
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
)
select
    customer_keys.customer_id,
    segment_profiles.persona,
    selected.membership_probability,
    activation.is_control,
    selected.monetary::double as monetary,
    selected.recency_days,
    segment_profiles.recommended_action as action
from selected
inner join customer_keys
    on selected.customer_number = customer_keys.customer_number
inner join activation on selected.customer_number = activation.customer_number
left join segment_profiles on selected.segment_id = segment_profiles.segment_id
where ($control is null or activation.is_control = $control)
order by selected.monetary desc, selected.customer_number
limit $limit
