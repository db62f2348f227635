-- One customer: measures and segment at the chosen day (null before the first
-- order), and what only the run's own date has (null at another).
with customers as (
    select * from customers
    where customer_id = $customer
),

customer_months as (
    select * from customer_months
    where
        snapshot_date = $as_of
        and customer_number = (
            select customer_keys.customer_number from customer_keys
            where customer_keys.customer_id = $customer
        )
),

customer_segments as (
    select * from customer_segments
    where customer_id = $customer and as_of_date = $as_of
),

segment_profiles as (
    select
        segment_id,
        persona,
        -- A segment may be defined by its customers' first order alone.
        weight is not null as is_component
    from segment_profiles
),

person as (
    select
        customers.customer_id,
        customers.is_segmented,
        customers.exclusion_reason,
        customers.country,
        customers.first_order_at,
        customer_months.segment_id,
        segment_profiles.persona,
        segment_profiles.is_component,
        customer_months.membership_probability,
        customer_months.is_outlier,
        customer_months.recency_days,
        customer_months.frequency,
        customer_months.monetary,
        customer_segments.runner_up,
        customer_segments.runner_up_probability,
        customer_segments.distinguishing_measures,
        customer_segments.rfm_score,
        customer_segments.rfm_segment
    from customers
    left join customer_months on true
    left join segment_profiles
        on customer_months.segment_id = segment_profiles.segment_id
    left join customer_segments on true
)

select * from person
