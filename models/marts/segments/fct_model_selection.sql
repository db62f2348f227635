with

model_selection as (

    select * from {{ ref('stg_ml__model_selection') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_model_selection as (

    select
        model_selection.run_id,
        model_selection.segment_count,
        model_selection.seed,
        model_selection.silhouette,
        model_selection.bic,
        model_selection.aic,
        model_selection.log_likelihood,
        model_selection.iteration_count,
        model_selection.is_converged,
        model_selection.used_component_count,
        model_selection.smallest_share,
        model_selection.largest_share,
        model_selection.smallest_eigenvalue,
        model_selection.stability,
        model_selection.stability_draw_count,
        model_selection.is_eligible,
        model_selection.is_chosen,
        model_selection.reason
    from model_selection
    inner join current_runs
        on model_selection.run_id = current_runs.run_id

)

select * from current_model_selection
