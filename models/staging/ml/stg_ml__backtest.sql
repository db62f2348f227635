with

source as (

    select * from {{ source('ml', 'backtest') }}

),

renamed as (

    select
        run_id,
        cutoff_date,
        horizon_days,
        method,
        segment_rank,
        segment,
        customer_count,
        customer_share,
        future_revenue,
        future_revenue_share,
        future_revenue_per_customer,
        future_revenue_per_customer_low,
        future_revenue_per_customer_high,
        future_orders_per_customer,
        active_share,
        active_share_low,
        active_share_high
    from source

)

select * from renamed
