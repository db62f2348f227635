with

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

refunds_spread as (

    select * from {{ ref('int_refunds_spread') }}

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates_listed') }}

),

-- What an order gained or lost, dated by the day on which it did.
order_changes as (

    select
        customer_id,
        order_id,
        order_date as sold_date,
        order_date as changed_date,
        first_ordered_at,
        units,
        gross_amount,
        cast(0 as decimal(38, 9)) as returned_amount
    from order_days
    union all
    select
        customer_id,
        order_id,
        cast(sold_at as date) as sold_date,
        cast(returned_at as date) as changed_date,
        cast(null as timestamp) as first_ordered_at,
        cast(0 - matched_units as decimal(38, 6)) as units,
        cast(0 as decimal(38, 9)) as gross_amount,
        matched_amount as returned_amount
    from returns_matched
    union all
    select
        customer_id,
        order_id,
        cast(ordered_at as date) as sold_date,
        cast(ordered_at as date) as changed_date,
        cast(null as timestamp) as first_ordered_at,
        if(
            is_whole,
            cast(0 - units as decimal(38, 6)),
            cast(0 as decimal(38, 6))
        ) as units,
        cast(0 as decimal(38, 9)) as gross_amount,
        refunded_amount as returned_amount
    from refunds_spread

),

-- Each order as it stood when the snapshot's day began. The changes are few;
-- shuffled by customer once, they are summed up in place from here on.
orders_seen as (

    select
        placed.customer_id,
        placed.order_id,
        snapshot_dates.snapshot_date,
        min(placed.first_ordered_at) as ordered_at,
        sum(placed.gross_amount) as gross_amount,
        sum(placed.returned_amount) as returned_amount,
        sum(placed.units) > 0 as is_counted
    from (
        select /*+ repartition(customer_id) */ *
        from order_changes
    ) as placed
    inner join snapshot_dates
        on
            placed.changed_date < snapshot_dates.snapshot_date
            and placed.sold_date >= snapshot_dates.counted_from_date
    group by
        placed.customer_id,
        placed.order_id,
        snapshot_dates.snapshot_date

)

select * from orders_seen
