with

source as (

    select * from {{ source('ml', 'confidence_calibration') }}

),

renamed as (

    select
        run_id,
        decile,
        customer_count,
        mean_probability,
        same_segment_share,
        same_segment_share_low,
        same_segment_share_high,
        refit_count
    from source

)

select * from renamed
