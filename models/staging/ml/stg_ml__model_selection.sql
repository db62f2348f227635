with

source as (

    select * from {{ source('ml', 'model_selection') }}

),

renamed as (

    select
        run_id,
        segment_count,
        seed,
        silhouette,
        bic,
        aic,
        log_likelihood,
        iteration_count,
        is_converged,
        used_component_count,
        smallest_share,
        largest_share,
        smallest_eigenvalue,
        stability,
        stability_draw_count,
        is_eligible,
        is_chosen,
        reason
    from source

)

select * from renamed
