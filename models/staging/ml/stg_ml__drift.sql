with

source as (

    select * from {{ source('ml', 'drift') }}

),

renamed as (

    select
        run_id,
        snapshot_date,
        feature,
        population_stability_index,
        outlier_share,
        is_refit_due
    from source

)

select * from renamed
