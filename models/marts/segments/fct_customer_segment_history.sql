with

segment_history as (

    select * from {{ ref('stg_ml__customer_segment_history') }}

),

current_runs as (

    select * from {{ ref('int_current_runs_picked') }}

),

rfm_history as (

    select * from {{ ref('fct_rfm_customer_history') }}

),

joined as (

    select
        segment_history.customer_id,
        segment_history.snapshot_date,
        rfm_history.is_month_end,
        rfm_history.is_as_of_date,
        segment_history.segment_id,
        segment_history.persona,
        segment_history.membership_probability,
        segment_history.is_outlier,
        rfm_history.recency_days,
        rfm_history.frequency,
        rfm_history.monetary
    from segment_history
    inner join current_runs
        on segment_history.run_id = current_runs.run_id
    inner join rfm_history
        on
            segment_history.customer_id = rfm_history.customer_id
            and segment_history.snapshot_date = rfm_history.snapshot_date

)

select * from joined
