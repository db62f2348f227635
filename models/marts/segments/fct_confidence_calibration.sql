with

confidence_calibration as (

    select * from {{ ref('stg_ml__confidence_calibration') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_confidence_calibration as (

    select
        confidence_calibration.run_id,
        confidence_calibration.decile,
        confidence_calibration.customer_count,
        confidence_calibration.mean_probability,
        confidence_calibration.same_segment_share,
        confidence_calibration.same_segment_share_low,
        confidence_calibration.same_segment_share_high,
        confidence_calibration.refit_count
    from confidence_calibration
    inner join current_runs
        on confidence_calibration.run_id = current_runs.run_id

)

select * from current_confidence_calibration
