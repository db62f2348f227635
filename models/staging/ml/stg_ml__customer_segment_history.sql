with

source as (

    select * from {{ source('ml', 'customer_segment_history') }}

),

renamed as (

    select
        run_id,
        customer_id,
        snapshot_date,
        segment_id,
        persona,
        membership_probability,
        is_outlier
    from source

)

select * from renamed
