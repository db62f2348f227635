-- Every way from the lines to the customers gives the same money. A row is
-- the sums where they differ.
with

customers as (

    select * from {{ ref('dim_customers') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where line_class = 'sale'

),

customer_sums as (

    select
        sum(gross_amount) as customer_gross,
        sum(net_amount) as customer_net,
        sum(order_count) as customer_orders
    from customers

),

order_sums as (

    select
        sum(gross_amount) as order_gross,
        sum(net_amount) as order_net,
        count_if(is_counted) as order_count
    from orders

),

line_sums as (

    select
        sum(amount) as line_gross,
        sum(amount - returned_amount) as line_net
    from order_lines

),

differing as (

    select *
    from customer_sums
    cross join order_sums
    cross join line_sums
    where
        customer_gross != order_gross
        or customer_net != order_net
        or coalesce(customer_orders, 0) != order_count
        or order_gross != line_gross
        or order_net != line_net

)

select * from differing
