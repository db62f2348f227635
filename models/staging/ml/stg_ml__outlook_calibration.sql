with

source as (

    select * from {{ source('ml', 'outlook_calibration') }}

),

renamed as (

    select
        run_id,
        cutoff_date,
        horizon_days,
        method,
        measure,
        decile,
        customer_count,
        expected,
        actual,
        actual_low,
        actual_high
    from source

)

select * from renamed
