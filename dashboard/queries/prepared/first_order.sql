-- Grain: one row. The day from which orders are known.
with orders as (
    select order_date from orders
    where is_counted
)

select min(order_date) as first_date from orders
