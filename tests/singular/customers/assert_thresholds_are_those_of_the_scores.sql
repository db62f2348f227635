-- The published thresholds hold as many customers as carry the score. A row
-- is a measure and score that differ.
with

customers as (

    select * from {{ ref('fct_rfm_customers') }}

),

thresholds as (

    select * from {{ ref('fct_rfm_score_thresholds') }}

),

scores as (

    select
        inline(
            array(
                struct('recency_days' as measure, recency_score as score),
                struct('frequency' as measure, frequency_score as score),
                struct('monetary' as measure, monetary_score as score)
            )
        )
    from customers

),

scores_counted as (

    select
        measure,
        score,
        count(*) as customer_count
    from scores
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
    where
        thresholds.customer_count
        is distinct from scores_counted.customer_count

)

select * from differing
