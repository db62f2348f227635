-- Grain: segment, measure and bin. Bins have round bounds that people use
-- (a week, a month; one order, two; 1, 2 and 5 times powers of ten).
with customers as (
    select
        segment_id,
        recency_days,
        frequency,
        greatest(monetary::double, 1) as monetary
    from customer_segments
),
magnitudes as (
    select
        segment_id,
        recency_days,
        frequency,
        monetary,
        pow(10, floor(log10(monetary))) as magnitude
    from customers
),
bounds as (
    select
        segment_id,
        case
            when recency_days <= 7 then 1
            when recency_days <= 14 then 8
            when recency_days <= 30 then 15
            when recency_days <= 60 then 31
            when recency_days <= 90 then 61
            when recency_days <= 180 then 91
            when recency_days <= 365 then 181
            else 366
        end::double as recency_days,
        case
            when frequency <= 4 then frequency
            when frequency <= 9 then 5
            when frequency <= 19 then 10
            when frequency <= 49 then 20
            else 50
        end::double as frequency,
        magnitude * case
            when monetary >= 5 * magnitude then 5
            when monetary >= 2 * magnitude then 2
            else 1
        end as monetary
    from magnitudes
),
counted as (
    select
        segment_id,
        grouping_id(recency_days, frequency, monetary) as grouping,
        coalesce(recency_days, frequency, monetary) as lower_bound,
        count(*) as customer_count
    from bounds
    group by grouping sets (
        (segment_id, recency_days),
        (segment_id, frequency),
        (segment_id, monetary)
    )
),
measure_bins as (
    select
        segment_id,
        case grouping
            when 3 then 'recency_days'
            when 5 then 'frequency'
            else 'monetary'
        end as measure,
        lower_bound,
        customer_count
    from counted
)
select * from measure_bins
order by segment_id, measure, lower_bound
