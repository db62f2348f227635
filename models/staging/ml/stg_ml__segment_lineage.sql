with

source as (

    select * from {{ source('ml', 'segment_lineage') }}

),

renamed as (

    select
        run_id,
        segment_id,
        persona,
        previous_run_id,
        previous_segment_id,
        previous_persona,
        shared_customer_count,
        share_of_segment,
        is_best_match
    from source

)

select * from renamed
