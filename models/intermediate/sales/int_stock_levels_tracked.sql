{#- Units of a product that a customer holds, as a stack: a sale puts units on
    top, a return takes them from the top, never below zero. Only customers'
    products with a return are followed; all windows share one sort. -#}
with

order_lines_classified as (

    select * from {{ ref('int_order_lines_classified') }}
    where reject_reason is null

),

products_returned as (

    select * from {{ ref('int_products_returned') }}

),

order_lines as (

    select
        *,
        line_class = 'return' as is_return,
        coalesce(product_id, '') as product_key
    from order_lines_classified

),

-- At one moment a sale comes before a return: tills write whole minutes.
events as (

    select
        order_lines.*,
        abs(order_lines.units) as moved_units,
        row_number() over (
            partition by order_lines.customer_id, order_lines.product_key
            order by
                order_lines.ordered_at,
                order_lines.is_return,
                order_lines.source_file,
                order_lines.source_row,
                order_lines.load_id
        ) as event_number
    from order_lines
    left semi join products_returned
        on
            order_lines.customer_id = products_returned.customer_id
            and order_lines.product_key = products_returned.product_key

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
        *,
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

),

-- Of a sale: units given back later. Of a return: units that were there.
matches_counted as (

    select
        *,
        cast(
            if(
                is_return,
                level_before - level_after,
                level_after
                - greatest(level_before, least(level_after, lowest_later))
            ) as decimal(21, 6)
        ) as matched_units
    from neighbours_seen

),

-- Matching never crosses a moment at which nothing that will come back is
-- out; the number of such moments splits long histories into short ones.
outstanding as (

    select
        *,
        sum(
            if(
                is_return,
                cast(0 - matched_units as decimal(21, 6)),
                matched_units
            )
        ) over running as outstanding_units
    from matches_counted
    window running as (
        partition by customer_id, product_key order by event_number
        rows between unbounded preceding and current row
    )

),

stretches_numbered as (

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
        matched_units,
        level_before,
        level_after,
        sold_units,
        count_if(outstanding_units = 0) over earlier as stretch_number
    from outstanding
    window earlier as (
        partition by customer_id, product_key order by event_number
        rows between unbounded preceding and 1 preceding
    )

)

select * from stretches_numbered
