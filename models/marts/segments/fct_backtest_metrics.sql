with

backtest_metrics as (

    select * from {{ ref('stg_ml__backtest_metrics') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_backtest_metrics as (

    select
        backtest_metrics.run_id,
        backtest_metrics.cutoff_date,
        backtest_metrics.horizon_days,
        backtest_metrics.method,
        backtest_metrics.segment_count,
        backtest_metrics.eta_squared,
        backtest_metrics.eta_squared_low,
        backtest_metrics.eta_squared_high,
        backtest_metrics.top_fifth_capture,
        backtest_metrics.top_fifth_capture_low,
        backtest_metrics.top_fifth_capture_high,
        backtest_metrics.normalised_gini,
        backtest_metrics.eta_squared_lead,
        backtest_metrics.eta_squared_lead_low,
        backtest_metrics.eta_squared_lead_high,
        backtest_metrics.top_fifth_capture_lead,
        backtest_metrics.top_fifth_capture_lead_low,
        backtest_metrics.top_fifth_capture_lead_high
    from backtest_metrics
    inner join current_runs
        on backtest_metrics.run_id = current_runs.run_id

)

select * from current_backtest_metrics
