with

customer_segments as (

    select * from {{ ref('stg_ml__customer_segments') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

rfm_customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

-- A run segmented the mart of its own as-of date and no other.
joined as (

    select
        customer_segments.customer_id,
        customer_segments.run_id,
        customer_segments.as_of_date,
        customer_segments.segment_id,
        customer_segments.persona,
        customer_segments.membership_probability,
        customer_segments.runner_up_segment_id,
        customer_segments.runner_up,
        customer_segments.runner_up_probability,
        customer_segments.segment_probabilities,
        customer_segments.log_density,
        customer_segments.is_outlier,
        customer_segments.recency_feature,
        customer_segments.value_feature,
        customer_segments.distinguishing_measures,
        rfm_customers.recency_days,
        rfm_customers.frequency,
        rfm_customers.purchase_day_count,
        rfm_customers.gross_amount,
        rfm_customers.returned_amount,
        rfm_customers.monetary,
        rfm_customers.tenure_days,
        rfm_customers.average_order_value,
        rfm_customers.average_days_between_orders,
        rfm_customers.product_count,
        rfm_customers.return_rate,
        rfm_customers.active_month_count,
        rfm_customers.first_order_at,
        rfm_customers.last_order_at,
        rfm_customers.country,
        rfm_customers.recency_score,
        rfm_customers.frequency_score,
        rfm_customers.monetary_score,
        rfm_customers.rfm_score,
        rfm_customers.rfm_segment
    from customer_segments
    inner join current_runs
        on customer_segments.run_id = current_runs.run_id
    inner join rfm_customers
        on
            customer_segments.customer_id = rfm_customers.customer_id
            and customer_segments.as_of_date = rfm_customers.as_of_date

)

select * from joined
