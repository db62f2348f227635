with

source as (

    select * from {{ source('ml', 'model_runs') }}

),

renamed as (

    select
        run_id,
        created_at,
        as_of_date,
        customer_count,
        segment_count,
        selection_rule,
        seed,
        silhouette,
        stability,
        violated_guards,
        source_json,
        data_fingerprint,
        settings_json,
        model_json,
        warnings_json
    from source

)

select * from renamed
