with

outlook_calibration as (

    select * from {{ ref('stg_ml__outlook_calibration') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_outlook_calibration as (

    select
        outlook_calibration.run_id,
        outlook_calibration.cutoff_date,
        outlook_calibration.horizon_days,
        outlook_calibration.method,
        outlook_calibration.measure,
        outlook_calibration.decile,
        outlook_calibration.customer_count,
        outlook_calibration.expected,
        outlook_calibration.actual,
        outlook_calibration.actual_low,
        outlook_calibration.actual_high
    from outlook_calibration
    inner join current_runs
        on outlook_calibration.run_id = current_runs.run_id

)

select * from current_outlook_calibration
