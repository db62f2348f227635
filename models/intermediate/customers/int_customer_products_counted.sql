with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where
        line_class = 'sale'
        and product_id is not null

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates_listed') }}

),

-- Every later step groups by customer, so one shuffle serves them all.
product_days as (

    select distinct
        customer_id,
        product_id,
        order_date
    from (
        select /*+ repartition(customer_id) */
            customer_id,
            product_id,
            cast(ordered_at as date) as order_date
        from order_lines
    ) as purchases

),

next_days_seen as (

    select
        *,
        lead(order_date) over (
            partition by customer_id, product_id order by order_date
        ) as next_order_date
    from product_days

),

-- At each snapshot a product is counted by the last day it was bought before.
counted as (

    select
        next_days_seen.customer_id,
        snapshot_dates.snapshot_date,
        count(*) as product_count
    from next_days_seen
    inner join snapshot_dates
        on
            next_days_seen.order_date < snapshot_dates.snapshot_date
            and (
                next_days_seen.next_order_date >= snapshot_dates.snapshot_date
                or next_days_seen.next_order_date is null
            )
            and next_days_seen.order_date >= snapshot_dates.counted_from_date
    group by next_days_seen.customer_id, snapshot_dates.snapshot_date

)

select * from counted
