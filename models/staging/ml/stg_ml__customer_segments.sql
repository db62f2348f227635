with

source as (

    select * from {{ source('ml', 'customer_segments') }}

),

renamed as (

    select
        run_id,
        customer_id,
        as_of_date,
        segment_id,
        persona,
        membership_probability,
        runner_up_segment_id,
        runner_up,
        runner_up_probability,
        segment_probabilities,
        log_density,
        is_outlier,
        recency_feature,
        value_feature,
        distinguishing_measures
    from source

)

select * from renamed
