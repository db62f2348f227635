with

customers_measured as (

    select * from {{ ref('int_customers_measured') }}

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates_listed') }}

),

history as (

    select
        customers_measured.customer_id,
        customers_measured.snapshot_date,
        snapshot_dates.is_month_end,
        snapshot_dates.is_as_of_date,
        snapshot_dates.is_backtest_cutoff,
        customers_measured.recency_days,
        customers_measured.frequency,
        customers_measured.purchase_day_count,
        customers_measured.gross_amount,
        customers_measured.returned_amount,
        customers_measured.monetary,
        customers_measured.tenure_days,
        customers_measured.average_order_value,
        customers_measured.average_days_between_orders,
        customers_measured.product_count,
        customers_measured.return_rate,
        customers_measured.active_month_count,
        customers_measured.first_order_at,
        customers_measured.last_order_at,
        customers_measured.country
    from customers_measured
    inner join snapshot_dates
        on customers_measured.snapshot_date = snapshot_dates.snapshot_date
    where customers_measured.is_segmented

)

select * from history
