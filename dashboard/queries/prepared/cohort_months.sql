-- Grain: cohort and month since its first orders, up to the month of the run's
-- own date. A month in which nobody of a cohort ordered counts as none.
with cohort_retention as (
    select * from cohort_retention
),

cohorts as (
    select
        cohort_month,
        any_value(cohort_customer_count) as cohort_customer_count
    from cohort_retention
    group by cohort_month
),

last_day as (
    select max(snapshot_date) as as_of_date from snapshots
),

months as (
    select
        cohorts.cohort_month,
        cohorts.cohort_customer_count,
        unnest(
            range(
                datediff('month', cohorts.cohort_month, last_day.as_of_date) + 1
            )
        )::int as months_since
    from cohorts
    cross join last_day
),

cohort_months as (
    select
        months.cohort_month,
        months.months_since,
        months.cohort_customer_count,
        coalesce(cohort_retention.customer_count, 0) as customer_count,
        coalesce(cohort_retention.order_count, 0) as order_count,
        coalesce(cohort_retention.revenue, 0) as revenue
    from months
    left join cohort_retention
        on
            months.cohort_month = cohort_retention.cohort_month
            and months.months_since = cohort_retention.months_since
)

select * from cohort_months
order by cohort_month, months_since
