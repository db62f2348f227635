-- Grain: customer. A number for each id makes joins and memory small.
with customers as (
    select
        customer_id,
        country
    from customers
),

customer_keys as (
    select
        (row_number() over (order by customer_id))::int as customer_number,
        customer_id,
        country
    from customers
)

select * from customer_keys
order by customer_number
