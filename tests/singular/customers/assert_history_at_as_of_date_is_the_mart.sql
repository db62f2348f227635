-- The last snapshot of the history and the mart are the same customers with
-- the same measures. A row is a customer who differs.
with

customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

history as (

    select * from {{ ref('fct_rfm_customer_history') }}
    where is_as_of_date

),

differing as (

    select
        customer_id,
        customers.monetary,
        history.monetary as history_monetary
    from customers
    full outer join history
        using (customer_id)
    where
        customers.as_of_date is distinct from history.snapshot_date
        or customers.recency_days is distinct from history.recency_days
        or customers.frequency is distinct from history.frequency
        or customers.monetary is distinct from history.monetary
        or customers.product_count is distinct from history.product_count
        or customers.country is distinct from history.country
        or customers.return_rate is distinct from history.return_rate
        or customers.first_order_at is distinct from history.first_order_at

)

select * from differing
