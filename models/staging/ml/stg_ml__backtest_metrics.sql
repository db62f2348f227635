with

source as (

    select * from {{ source('ml', 'backtest_metrics') }}

),

renamed as (

    select
        run_id,
        cutoff_date,
        horizon_days,
        method,
        segment_count,
        eta_squared,
        eta_squared_low,
        eta_squared_high,
        top_fifth_capture,
        top_fifth_capture_low,
        top_fifth_capture_high,
        normalised_gini,
        eta_squared_lead,
        eta_squared_lead_low,
        eta_squared_lead_high,
        top_fifth_capture_lead,
        top_fifth_capture_lead_low,
        top_fifth_capture_lead_high
    from source

)

select * from renamed
