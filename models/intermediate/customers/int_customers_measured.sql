with

orders_seen as (

    select * from {{ ref('int_orders_seen') }}

),

products_counted as (

    select * from {{ ref('int_customer_products_counted') }}

),

-- Orders that came back whole enter the amounts, where they cancel out, and
-- nothing else.
days_summed as (

    select
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null) as purchase_date,
        count_if(is_counted) as order_count,
        min(if(is_counted, ordered_at, null)) as first_order_at,
        max(if(is_counted, ordered_at, null)) as last_order_at,
        max_by(
            country, struct(country is not null, ordered_at, order_id)
        ) as country,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount
    from orders_seen
    group by
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null)

),

customers_summed as (

    select
        customer_id,
        snapshot_date,
        sum(order_count) as frequency,
        count(purchase_date) as purchase_day_count,
        cast(
            size(collect_set(trunc(purchase_date, 'MM'))) as bigint
        ) as active_month_count,
        min(first_order_at) as first_order_at,
        max(last_order_at) as last_order_at,
        max_by(
            country,
            struct(
                purchase_date is not null, country is not null, last_order_at
            )
        ) as country,
        cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
        cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
        cast(sum(net_amount) as decimal(38, 9)) as net_amount
    from days_summed
    group by customer_id, snapshot_date

),

measured as (

    select
        customers_summed.customer_id,
        customers_summed.snapshot_date,
        datediff(
            customers_summed.snapshot_date, customers_summed.last_order_at
        ) as recency_days,
        customers_summed.frequency,
        customers_summed.purchase_day_count,
        customers_summed.gross_amount,
        customers_summed.returned_amount,
        customers_summed.net_amount as monetary,
        datediff(
            customers_summed.snapshot_date, customers_summed.first_order_at
        ) as tenure_days,
        cast(
            try_divide(
                customers_summed.net_amount, customers_summed.frequency
            ) as decimal(38, 9)
        ) as average_order_value,
        if(
            customers_summed.frequency > 1,
            try_divide(
                cast(
                    datediff(
                        customers_summed.last_order_at,
                        customers_summed.first_order_at
                    ) as double
                ),
                customers_summed.frequency - 1
            ),
            null
        ) as average_days_between_orders,
        products_counted.product_count,
        try_divide(
            cast(customers_summed.returned_amount as double),
            cast(customers_summed.gross_amount as double)
        ) as return_rate,
        customers_summed.active_month_count,
        customers_summed.first_order_at,
        customers_summed.last_order_at,
        customers_summed.country
    from customers_summed
    left join products_counted
        on
            customers_summed.customer_id = products_counted.customer_id
            and customers_summed.snapshot_date = products_counted.snapshot_date

)

select * from measured
