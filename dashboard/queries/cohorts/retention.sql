-- Only whole months: a month that the as-of date cuts short would look like
-- a drop.
with cohort_months as (
    select * from cohort_months
    where cohort_month + to_months(months_since + 1) <= $as_of
),

newest as (
    select cohort_month from cohort_months
    group by cohort_month
    order by cohort_month desc
    limit 36
),

retention as (
    select
        cohort_month,
        months_since,
        cohort_customer_count,
        customer_count,
        order_count,
        revenue,
        customer_count / cohort_customer_count as retention_rate,
        revenue::double / cohort_customer_count as revenue_per_customer
    from cohort_months
    where cohort_month in (select newest.cohort_month from newest)
)

select * from retention
order by cohort_month, months_since
