{%- set scheme = 'rfm_segments_' ~ var('rfm_segment_scheme') %}
with

customers_measured as (

    select * from {{ ref('int_customers_measured') }}

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates_listed') }}
    where is_as_of_date

),

values_scored as (

    select * from {{ ref('int_rfm_values_scored') }}

),

segments as (

    select * from {{ ref(scheme) }}

),

customers as (

    select customers_measured.*
    from customers_measured
    inner join snapshot_dates
        on customers_measured.snapshot_date = snapshot_dates.snapshot_date
    where customers_measured.is_segmented

),

scored as (

    select
        customers.*,
        recency.score as recency_score,
        frequencies.score as frequency_score,
        amounts.score as monetary_score,
        concat(recency.score, frequencies.score, amounts.score) as rfm_score
    from customers
    left join values_scored as recency
        on
            recency.measure = 'recency_days'
            and customers.recency_days = recency.measured_value
    left join values_scored as frequencies
        on
            frequencies.measure = 'frequency'
            and customers.frequency = frequencies.measured_value
    left join values_scored as amounts
        on
            amounts.measure = 'monetary'
            and customers.monetary = amounts.measured_value

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
