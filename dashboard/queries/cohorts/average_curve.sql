-- Revenue is the mean of the cohorts; shares and amounts per customer count
-- each cohort by its customers.
with cohort_months as (
    select * from cohort_months
    where cohort_month + to_months(months_since + 1) <= $as_of
),

average_curve as (
    select
        months_since,
        count(*) as cohort_count,
        sum(cohort_customer_count)::bigint as cohort_customer_count,
        sum(customer_count) / sum(cohort_customer_count) as retention_rate,
        avg(revenue::double) as revenue,
        sum(revenue)::double / sum(cohort_customer_count)
            as revenue_per_customer
    from cohort_months
    group by months_since
)

select * from average_curve
order by months_since
