-- Whom a campaign would write to: who is selected at the run's own day, by the
-- segment they are in then. A selection is either the customers of a segment,
-- or those who moved between two month ends. Who is not in the activation list
-- belongs to the segment with too little confidence.
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
)

select
    customer_keys.customer_id,
    segment_profiles.persona,
    selected.membership_probability,
    activation.is_control,
    selected.monetary::double as monetary,
    selected.recency_days,
    segment_profiles.recommended_action as action,
    customer_outlook.order_chance,
    customer_outlook.expected_orders,
    customer_outlook.expected_spend
from selected
inner join customer_keys
    on selected.customer_number = customer_keys.customer_number
inner join activation on selected.customer_number = activation.customer_number
left join segment_profiles on selected.segment_id = segment_profiles.segment_id
left join customer_outlook
    on customer_keys.customer_id = customer_outlook.customer_id
where ($control is null or activation.is_control = $control)
order by selected.monetary desc, selected.customer_number asc
limit $limit
