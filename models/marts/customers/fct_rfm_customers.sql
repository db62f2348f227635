{%- set scheme = 'rfm_segments_' ~ var('rfm_segment_scheme') %}
with

customers_measured as (

    select * from {{ ref('int_customers_measured') }}

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates') }}
    where is_as_of_date

),

thresholds as (

    select * from {{ ref('fct_rfm_score_thresholds') }}

),

segments as (

    select * from {{ ref(scheme) }}

),

customers as (

    select customers_measured.*
    from customers_measured
    inner join snapshot_dates
        on customers_measured.snapshot_date = snapshot_dates.snapshot_date
    where
        customers_measured.frequency >= 1
        and customers_measured.monetary > 0

),

scored as (

    select
        customers.*,
        recency_bins.score as recency_score,
        frequency_bins.score as frequency_score,
        monetary_bins.score as monetary_score,
        concat(
            recency_bins.score, frequency_bins.score, monetary_bins.score
        ) as rfm_score
    from customers
    left join thresholds as recency_bins
        on
            recency_bins.measure = 'recency_days'
            and customers.recency_days
            between recency_bins.lower_bound and recency_bins.upper_bound
    left join thresholds as frequency_bins
        on
            frequency_bins.measure = 'frequency'
            and customers.frequency
            between frequency_bins.lower_bound and frequency_bins.upper_bound
    left join thresholds as monetary_bins
        on
            monetary_bins.measure = 'monetary'
            and customers.monetary
            between monetary_bins.lower_bound and monetary_bins.upper_bound

),

named as (

    select
        scored.customer_id,
        scored.snapshot_date as as_of_date,
        scored.recency_days,
        scored.frequency,
        scored.purchase_day_count,
        scored.gross_amount,
        scored.returned_amount,
        scored.monetary,
        scored.tenure_days,
        scored.average_order_value,
        scored.average_days_between_orders,
        scored.product_count,
        scored.return_rate,
        scored.active_month_count,
        scored.first_order_at,
        scored.last_order_at,
        scored.country,
        scored.recency_score,
        scored.frequency_score,
        scored.monetary_score,
        scored.rfm_score,
        segments.rfm_segment
    from scored
    left join segments
        on scored.rfm_score = segments.rfm_score

)

select * from named
