with customer_segments as (
    select * from customer_segments
    where persona = $persona
        and ($country is null or country = $country)
)
select
    customer_id,
    as_of_date,
    segment_id,
    persona,
    membership_probability,
    runner_up,
    recency_days,
    frequency,
    monetary,
    rfm_score,
    rfm_segment,
    country,
    run_id
from customer_segments
order by monetary desc, customer_id
