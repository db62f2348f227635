with

drift as (

    select * from {{ ref('stg_ml__drift') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_drift as (

    select
        drift.run_id,
        drift.snapshot_date,
        drift.feature,
        drift.population_stability_index,
        drift.outlier_share,
        drift.is_refit_due
    from drift
    inner join current_runs
        on drift.run_id = current_runs.run_id

)

select * from current_drift
