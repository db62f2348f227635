with

outlook_backtest as (

    select * from {{ ref('stg_ml__outlook_backtest') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_outlook_backtest as (

    select
        outlook_backtest.run_id,
        outlook_backtest.cutoff_date,
        outlook_backtest.horizon_days,
        outlook_backtest.method,
        outlook_backtest.customer_count,
        outlook_backtest.top_fifth_capture,
        outlook_backtest.top_fifth_capture_low,
        outlook_backtest.top_fifth_capture_high,
        outlook_backtest.capture_gain,
        outlook_backtest.capture_gain_low,
        outlook_backtest.capture_gain_high,
        outlook_backtest.expected_spend,
        outlook_backtest.actual_spend,
        outlook_backtest.mean_absolute_error,
        outlook_backtest.mean_absolute_error_low,
        outlook_backtest.mean_absolute_error_high,
        outlook_backtest.root_mean_square_error,
        outlook_backtest.expected_active_share,
        outlook_backtest.active_share,
        outlook_backtest.brier_score,
        outlook_backtest.likely_spend_coverage
    from outlook_backtest
    inner join current_runs
        on outlook_backtest.run_id = current_runs.run_id

)

select * from current_outlook_backtest
