-- Runner-up and the RFM rules are known at the run's own date.
with selected as (
    select * from chosen_customers(
        $as_of,
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

customer_segments as (
    select
        customer_id,
        runner_up,
        rfm_score,
        rfm_segment
    from customer_segments
    where as_of_date = $as_of
)

select
    customer_keys.customer_id,
    selected.snapshot_date as as_of_date,
    selected.segment_id,
    segment_profiles.persona,
    selected.membership_probability,
    customer_segments.runner_up,
    selected.recency_days,
    selected.frequency,
    selected.monetary,
    customer_segments.rfm_score,
    customer_segments.rfm_segment,
    selected.is_outlier,
    selected.country
from selected
inner join customer_keys
    on selected.customer_number = customer_keys.customer_number
left join segment_profiles on selected.segment_id = segment_profiles.segment_id
left join customer_segments
    on customer_keys.customer_id = customer_segments.customer_id
order by selected.monetary desc, customer_keys.customer_id asc
