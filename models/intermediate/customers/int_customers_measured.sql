with

customers_summed as (

    select * from {{ ref('int_customer_orders_summed') }}

),

countries as (

    select * from {{ ref('int_order_countries_found') }}

),

products_counted as (

    select * from {{ ref('int_customer_products_counted') }}

),

measured as (

    select
        customers_summed.customer_id,
        customers_summed.snapshot_date,
        cast(
            datediff(
                customers_summed.snapshot_date, customers_summed.last_order_at
            ) as int
        ) as recency_days,
        customers_summed.frequency,
        customers_summed.purchase_day_count,
        customers_summed.gross_amount,
        customers_summed.returned_amount,
        customers_summed.monetary,
        cast(
            datediff(
                customers_summed.snapshot_date, customers_summed.first_order_at
            ) as int
        ) as tenure_days,
        cast(
            customers_summed.monetary / nullif(customers_summed.frequency, 0)
            as decimal(38, 9)
        ) as average_order_value,
        if(
            customers_summed.frequency > 1,
            cast(
                datediff(
                    customers_summed.last_order_at,
                    customers_summed.first_order_at
                ) as double
            ) / nullif(customers_summed.frequency - 1, 0),
            null
        ) as average_days_between_orders,
        products_counted.product_count,
        {{ nearest_double('customers_summed.returned_amount') }}
        / nullif({{ nearest_double('customers_summed.gross_amount') }}, 0)
            as return_rate,
        customers_summed.active_month_count,
        customers_summed.first_order_at,
        customers_summed.last_order_at,
        countries.country,
        customers_summed.frequency >= 1
        and customers_summed.monetary > 0 as is_segmented
    from customers_summed
    left join products_counted
        on
            customers_summed.customer_id = products_counted.customer_id
            and customers_summed.snapshot_date = products_counted.snapshot_date
    left join countries
        on
            customers_summed.customer_id = countries.customer_id
            and customers_summed.last_order_at = countries.ordered_at

)

select * from measured
