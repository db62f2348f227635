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
        cast(sum(amount) as decimal(37, 9))
        - cast(sum(returned_amount) as decimal(37, 9)) as line_net
    from order_lines

),

differing as (

    select
        customer_sums.*,
        order_sums.*,
        line_sums.*
    from customer_sums
    cross join order_sums
    cross join line_sums
    where
        customer_sums.customer_gross is distinct from order_sums.order_gross
        or customer_sums.customer_net is distinct from order_sums.order_net
        or coalesce(customer_sums.customer_orders, 0) != order_sums.order_count
        or order_sums.order_gross is distinct from line_sums.line_gross
        or order_sums.order_net is distinct from line_sums.line_net

)

select * from differing
