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
        struct(
            customers.as_of_date, customers.recency_days, customers.frequency,
            customers.monetary, customers.product_count, customers.country,
            customers.return_rate, customers.first_order_at
        )
        is distinct from
        struct(
            history.snapshot_date, history.recency_days, history.frequency,
            history.monetary, history.product_count, history.country,
            history.return_rate, history.first_order_at
        )

)

select * from differing
