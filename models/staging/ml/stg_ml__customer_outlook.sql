with

source as (

    select * from {{ source('ml', 'customer_outlook') }}

),

renamed as (

    select
        run_id,
        customer_id,
        as_of_date,
        horizon_days,
        order_chance,
        order_chance_low,
        order_chance_high,
        expected_orders,
        expected_orders_low,
        expected_orders_high,
        expected_spend,
        expected_spend_low,
        expected_spend_high,
        likely_spend_low,
        likely_spend_high
    from source

)

select * from renamed
