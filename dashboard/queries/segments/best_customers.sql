with customer_segments as (
    select * from customer_segments
    where persona = $persona
        and ($country is null or country = $country)
)
select
    customer_id,
    monetary,
    frequency,
    recency_days,
    membership_probability,
    runner_up,
    distinguishing_measures
from customer_segments
order by monetary desc, customer_id
limit 100
