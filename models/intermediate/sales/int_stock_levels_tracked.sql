with

stock_levels as (

    select * from {{ ref('int_stock_levels_summed') }}

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
    from stock_levels

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
