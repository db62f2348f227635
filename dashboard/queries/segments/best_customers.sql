-- Runner-up and what sets a customer apart are known at the run's own date.
with customer_months as (
    select * from customer_months
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

segment_profiles as (
    select segment_id from segment_profiles
    where persona = $persona
),

best as (
    select customer_months.*
    from customer_months
    inner join segment_profiles
        on customer_months.segment_id = segment_profiles.segment_id
    order by customer_months.monetary desc, customer_months.customer_number asc
    limit 100
),

named as (
    select
        customer_keys.customer_id,
        best.*
    from best
    inner join customer_keys
        on best.customer_number = customer_keys.customer_number
),

customer_segments as (
    select
        customer_id,
        runner_up,
        distinguishing_measures
    from customer_segments
    where
        as_of_date = $as_of
        and customer_id in (select named.customer_id from named)
),

best_customers as (
    select
        named.customer_id,
        named.monetary,
        named.frequency,
        named.recency_days,
        named.membership_probability,
        customer_segments.runner_up,
        customer_segments.distinguishing_measures
    from named
    left join customer_segments
        on named.customer_id = customer_segments.customer_id
)

select * from best_customers
order by monetary desc, customer_id asc
