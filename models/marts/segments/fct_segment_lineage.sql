with

segment_lineage as (

    select * from {{ ref('stg_ml__segment_lineage') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_segment_lineage as (

    select
        segment_lineage.run_id,
        segment_lineage.segment_id,
        segment_lineage.persona,
        segment_lineage.previous_run_id,
        segment_lineage.previous_segment_id,
        segment_lineage.previous_persona,
        segment_lineage.shared_customer_count,
        segment_lineage.share_of_segment,
        segment_lineage.is_best_match
    from segment_lineage
    inner join current_runs
        on segment_lineage.run_id = current_runs.run_id

)

select * from current_segment_lineage
