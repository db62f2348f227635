-- Grain: snapshot and customer, with the country beside the measures. In the
-- order of snapshots, so that a query of one day skips the others.
with customer_history as (
    select * from customer_history
    where is_month_end or is_as_of_date
),

customer_months as (
    select
        customer_history.snapshot_date,
        customer_keys.customer_number,
        customer_keys.country,
        customer_history.segment_id,
        customer_history.membership_probability,
        customer_history.is_outlier,
        customer_history.recency_days,
        customer_history.frequency,
        customer_history.monetary
    from customer_history
    inner join customer_keys
        on customer_history.customer_id = customer_keys.customer_id
)

select * from customer_months
order by snapshot_date, customer_number
