with

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

snapshot_dates as (

    select * from {{ ref('int_snapshot_dates') }}

),

products_counted as (

    select * from {{ ref('int_customer_products_counted') }}

),

-- What an order gained or lost, dated by the day on which it did. The net
-- amount is summed, not subtracted: a difference of two decimal(38, 9) would
-- be rounded to eight places.
order_changes as (

    select
        customer_id,
        order_id,
        order_date as sold_date,
        order_date as changed_date,
        first_ordered_at,
        country,
        units,
        gross_amount,
        cast(0 as decimal(38, 9)) as returned_amount,
        gross_amount as net_amount
    from order_days
    union all
    select
        customer_id,
        order_id,
        cast(sold_at as date) as sold_date,
        cast(returned_at as date) as changed_date,
        cast(null as timestamp) as first_ordered_at,
        cast(null as string) as country,
        cast(-matched_units as decimal(38, 6)) as units,
        cast(0 as decimal(38, 9)) as gross_amount,
        matched_amount as returned_amount,
        -matched_amount as net_amount
    from returns_matched

),

-- Each order as it stood when the snapshot's day began. The changes are few;
-- shuffled by customer once, they are summed up in place from here on.
orders_seen as (

    select
        placed.customer_id,
        placed.order_id,
        snapshot_dates.snapshot_date,
        min(placed.first_ordered_at) as ordered_at,
        max_by(
            placed.country,
            struct(placed.country is not null, placed.sold_date)
        ) as country,
        sum(placed.gross_amount) as gross_amount,
        sum(placed.returned_amount) as returned_amount,
        sum(placed.net_amount) as net_amount,
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

),

-- Orders that came back whole enter the amounts, where they cancel out, and
-- nothing else.
days_summed as (

    select
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null) as purchase_date,
        count_if(is_counted) as order_count,
        min(if(is_counted, ordered_at, null)) as first_order_at,
        max(if(is_counted, ordered_at, null)) as last_order_at,
        max_by(
            country, struct(country is not null, ordered_at, order_id)
        ) as country,
        sum(gross_amount) as gross_amount,
        sum(returned_amount) as returned_amount,
        sum(net_amount) as net_amount
    from orders_seen
    group by
        customer_id,
        snapshot_date,
        if(is_counted, cast(ordered_at as date), null)

),

customers_summed as (

    select
        customer_id,
        snapshot_date,
        sum(order_count) as frequency,
        count(purchase_date) as purchase_day_count,
        cast(
            size(collect_set(trunc(purchase_date, 'MM'))) as bigint
        ) as active_month_count,
        min(first_order_at) as first_order_at,
        max(last_order_at) as last_order_at,
        max_by(
            country,
            struct(
                purchase_date is not null, country is not null, last_order_at
            )
        ) as country,
        cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
        cast(sum(returned_amount) as decimal(38, 9)) as returned_amount,
        cast(sum(net_amount) as decimal(38, 9)) as net_amount
    from days_summed
    group by customer_id, snapshot_date

),

measured as (

    select
        customers_summed.customer_id,
        customers_summed.snapshot_date,
        datediff(
            customers_summed.snapshot_date, customers_summed.last_order_at
        ) as recency_days,
        customers_summed.frequency,
        customers_summed.purchase_day_count,
        customers_summed.gross_amount,
        customers_summed.returned_amount,
        customers_summed.net_amount as monetary,
        datediff(
            customers_summed.snapshot_date, customers_summed.first_order_at
        ) as tenure_days,
        cast(
            try_divide(
                customers_summed.net_amount, customers_summed.frequency
            ) as decimal(38, 9)
        ) as average_order_value,
        if(
            customers_summed.frequency > 1,
            try_divide(
                cast(
                    datediff(
                        customers_summed.last_order_at,
                        customers_summed.first_order_at
                    ) as double
                ),
                customers_summed.frequency - 1
            ),
            null
        ) as average_days_between_orders,
        products_counted.product_count,
        try_divide(
            cast(customers_summed.returned_amount as double),
            cast(customers_summed.gross_amount as double)
        ) as return_rate,
        customers_summed.active_month_count,
        customers_summed.first_order_at,
        customers_summed.last_order_at,
        customers_summed.country
    from customers_summed
    left join products_counted
        on
            customers_summed.customer_id = products_counted.customer_id
            and customers_summed.snapshot_date = products_counted.snapshot_date

)

select * from measured
