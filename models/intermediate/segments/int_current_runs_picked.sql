with

model_runs as (

    select * from {{ ref('stg_ml__model_runs') }}

),

-- Run ids sort by the time of the run.
current_runs as (

    select
        run_id,
        as_of_date,
        segment_count
    from model_runs
    order by run_id desc
    limit 1

)

select * from current_runs
