-- Grain: calendar month and customer who ordered in it, with the country
-- beside. In the order of months, so that a query of a few skips the others.
with orders as (
    select
        customer_id,
        date_trunc('month', order_date)::date as month,
        net_amount
    from orders
    where is_counted
),

month_orders as (
    select
        orders.month,
        customer_keys.customer_number,
        customer_keys.country,
        count(*)::int as order_count,
        sum(orders.net_amount) as revenue
    from orders
    inner join customer_keys
        on orders.customer_id = customer_keys.customer_id
    group by
        orders.month,
        customer_keys.customer_number,
        customer_keys.country
)

select * from month_orders
order by month, customer_number
