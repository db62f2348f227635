{#- Units of a product that a customer holds, as a stack: a sale puts units on
    top, a return takes them from the top, never below zero. All windows, those
    of int_stock_levels_tracked too, share one sort. -#}
with

events as (

    select * from {{ ref('int_stock_events_numbered') }}

),

sums_run as (

    select
        *,
        sum(units) over running as net_units,
        sum(
            if(is_return, cast(0 as decimal(21, 6)), moved_units)
        ) over running as sold_units
    from events
    window running as (
        partition by customer_id, product_key order by event_number
        rows between unbounded preceding and current row
    )

),

-- Returns of what was never sold would push the sum below zero; adding back
-- its lowest point so far keeps the level at zero instead.
levels as (

    select
        *,
        net_units - least(
            cast(0 as decimal(31, 6)), min(net_units) over running
        ) as level_after
    from sums_run
    window running as (
        partition by customer_id, product_key order by event_number
        rows between unbounded preceding and current row
    )

),

neighbours_seen as (

    select
        load_id,
        source_row,
        customer_id,
        product_key,
        order_id,
        product_id,
        ordered_at,
        unit_price,
        discount,
        is_return,
        event_number,
        moved_units,
        sold_units,
        level_after,
        coalesce(lag(level_after) over history, 0) as level_before,
        coalesce(min(level_after) over future, level_after) as lowest_later
    from levels
    window
        history as (
            partition by customer_id, product_key order by event_number
        ),
        future as (
            partition by customer_id, product_key order by event_number
            rows between 1 following and unbounded following
        )

)

select * from neighbours_seen
