-- fct_rfm_customers counts a customer's orders within the look-back, fct_orders
-- holds all of them: without a look-back both come to the same. A row is a
-- customer for whom they do not.
with

customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

orders_summed as (

    select
        customer_id,
        count_if(is_counted) as frequency,
        sum(net_amount) as monetary,
        max(if(is_counted, ordered_at, null)) as last_order_at
    from orders
    group by customer_id

),

differing as (

    select
        customer_id,
        customers.frequency,
        customers.monetary,
        orders_summed.frequency as order_frequency,
        orders_summed.monetary as order_monetary
    from customers
    full outer join orders_summed
        using (customer_id)
    where
        {{ var('look_back_days') }} = 0
        and (
            customers.frequency != orders_summed.frequency
            or customers.monetary != orders_summed.monetary
            or customers.last_order_at != orders_summed.last_order_at
            or orders_summed.customer_id is null
            or (
                customers.customer_id is null
                and orders_summed.frequency > 0
                and orders_summed.monetary > 0
            )
        )

)

select * from differing
