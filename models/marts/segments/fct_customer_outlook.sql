with

customer_outlook as (

    select * from {{ ref('stg_ml__customer_outlook') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

rfm_customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

-- A run looked ahead from the mart of its own as-of date and no other.
current_outlook as (

    select
        customer_outlook.customer_id,
        customer_outlook.run_id,
        customer_outlook.as_of_date,
        customer_outlook.horizon_days,
        customer_outlook.order_chance,
        customer_outlook.order_chance_low,
        customer_outlook.order_chance_high,
        customer_outlook.expected_orders,
        customer_outlook.expected_orders_low,
        customer_outlook.expected_orders_high,
        customer_outlook.expected_spend,
        customer_outlook.expected_spend_low,
        customer_outlook.expected_spend_high,
        customer_outlook.likely_spend_low,
        customer_outlook.likely_spend_high
    from customer_outlook
    inner join current_runs
        on customer_outlook.run_id = current_runs.run_id
    inner join rfm_customers
        on
            customer_outlook.customer_id = rfm_customers.customer_id
            and customer_outlook.as_of_date = rfm_customers.as_of_date

)

select * from current_outlook
