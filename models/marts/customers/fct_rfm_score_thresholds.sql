with

values_scored as (

    select * from {{ ref('int_rfm_values_scored') }}

),

thresholds as (

    select
        measure,
        score,
        min(measured_value) as lower_bound,
        max(measured_value) as upper_bound,
        sum(customer_count) as customer_count
    from values_scored
    group by measure, score

)

select * from thresholds
