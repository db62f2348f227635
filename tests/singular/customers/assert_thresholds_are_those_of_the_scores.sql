-- The published thresholds hold as many customers as carry the score. A row
-- is a measure and score that differ.
with

customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

thresholds as (

    select * from {{ ref('fct_rfm_score_thresholds') }}

),

scores_counted as (

    select
        measure,
        score,
        count(*) as customer_count
    from customers
    lateral view
        stack(
            3,
            'recency_days', recency_score,
            'frequency', frequency_score,
            'monetary', monetary_score
        ) as measure, score
    group by measure, score

),

differing as (

    select
        measure,
        score,
        thresholds.customer_count,
        scores_counted.customer_count as scored_customer_count
    from thresholds
    full outer join scores_counted
        using (measure, score)
    where thresholds.customer_count is distinct from scores_counted.customer_count

)

select * from differing
