with cohort_retention as (
    select * from cohort_retention
    where cohort_month + to_months(months_since + 1) <= $as_of
),
average_curve as (
    select
        months_since,
        count(*) as cohort_count,
        sum(cohort_customer_count)::bigint as cohort_customer_count,
        sum(customer_count) / sum(cohort_customer_count) as retention,
        sum(revenue)::double / sum(cohort_customer_count)
            as revenue_per_customer,
        sum(revenue) as revenue
    from cohort_retention
    group by months_since
)
select * from average_curve
order by months_since
