with

orders_seen as (

    select * from {{ ref('int_orders_seen') }}

),

-- Orders that came back whole have no day: they enter the amounts, where they
-- cancel out, and nothing else.
days_summed as (

    select
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null) as purchase_date,
        count_if(is_counted) as order_count,
        min(if(is_counted, ordered_at, null)) as first_order_at,
        max(if(is_counted, ordered_at, null)) as last_order_at,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount
    from orders_seen
    group by
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null)

),

-- Days, then months, then the customer: counting by steps needs no sets.
months_summed as (

    select
        customer_id,
        snapshot_date,
        trunc(purchase_date, 'MM') as purchase_month,
        sum(order_count) as order_count,
        count(purchase_date) as day_count,
        min(first_order_at) as first_order_at,
        max(last_order_at) as last_order_at,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount
    from days_summed
    group by customer_id, snapshot_date, trunc(purchase_date, 'MM')

),

-- The difference of two decimal(38, 9) would be rounded to eight places.
customers_summed as (

    select
        customer_id,
        snapshot_date,
        sum(order_count) as frequency,
        sum(day_count) as purchase_day_count,
        count(purchase_month) as active_month_count,
        min(first_order_at) as first_order_at,
        max(last_order_at) as last_order_at,
        cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
        cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
        cast(
            cast(sum(gross_amount) as decimal(37, 9))
            - cast(sum(returned_amount) as decimal(37, 9)) as decimal(38, 9)
        ) as monetary
    from months_summed
    group by customer_id, snapshot_date

)

select * from customers_summed
