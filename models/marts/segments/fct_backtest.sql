with

backtest as (

    select * from {{ ref('stg_ml__backtest') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

current_backtest as (

    select
        backtest.run_id,
        backtest.cutoff_date,
        backtest.horizon_days,
        backtest.method,
        backtest.segment_rank,
        backtest.segment,
        backtest.customer_count,
        backtest.customer_share,
        backtest.future_revenue,
        backtest.future_revenue_share,
        backtest.future_revenue_per_customer,
        backtest.future_revenue_per_customer_low,
        backtest.future_revenue_per_customer_high,
        backtest.future_orders_per_customer,
        backtest.active_share,
        backtest.active_share_low,
        backtest.active_share_high
    from backtest
    inner join current_runs
        on backtest.run_id = current_runs.run_id

)

select * from current_backtest
