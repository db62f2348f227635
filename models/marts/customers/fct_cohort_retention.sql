with

orders as (

    select * from {{ ref('fct_orders') }}
    where is_counted

),

cohorts as (

    select
        customer_id,
        trunc(min(order_date), 'MM') as cohort_month
    from orders
    group by customer_id

),

cohort_sizes as (

    select
        cohort_month,
        count(*) as cohort_customer_count
    from cohorts
    group by cohort_month

),

orders_placed as (

    select
        cohorts.cohort_month,
        cast(
            months_between(trunc(orders.order_date, 'MM'), cohorts.cohort_month)
            as int
        ) as months_since,
        orders.customer_id,
        orders.net_amount
    from orders
    inner join cohorts
        on orders.customer_id = cohorts.customer_id

),

months_summed as (

    select
        cohort_month,
        months_since,
        count(distinct customer_id) as customer_count,
        count(*) as order_count,
        cast(sum(net_amount) as decimal(38, 9)) as revenue
    from orders_placed
    group by cohort_month, months_since

),

retention as (

    select
        months_summed.cohort_month,
        months_summed.months_since,
        cohort_sizes.cohort_customer_count,
        months_summed.customer_count,
        months_summed.order_count,
        months_summed.revenue,
        cast(months_summed.customer_count as double)
        / nullif(cohort_sizes.cohort_customer_count, 0) as retention_rate
    from months_summed
    inner join cohort_sizes
        on months_summed.cohort_month = cohort_sizes.cohort_month

)

select * from retention
