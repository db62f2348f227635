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
        normalised_gini
    from source

)

select * from renamed
