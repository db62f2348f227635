with

stock_levels as (

    select * from {{ ref('int_stock_levels_tracked') }}
    where matched_units > 0

),

sales as (

    select * from stock_levels
    where not is_return

),

returns as (

    select * from stock_levels
    where is_return

),

-- A return can touch a sale only where their stretches of the stack overlap.
candidates as (

    select
        returns.load_id as return_load_id,
        returns.source_row as return_source_row,
        sales.load_id as sale_load_id,
        sales.source_row as sale_source_row,
        sales.customer_id,
        sales.order_id,
        sales.product_id,
        sales.unit_price,
        sales.discount,
        sales.moved_units as sale_units,
        sales.ordered_at as sold_at,
        returns.ordered_at as returned_at,
        sales.level_before as sale_bottom,
        sales.level_after as sale_top,
        returns.level_after as return_bottom,
        min(returns.level_after) over (
            partition by sales.load_id, sales.source_row
            order by returns.event_number
            rows between unbounded preceding and 1 preceding
        ) as lowest_before
    from sales
    inner join returns
        on
            sales.customer_id = returns.customer_id
            and sales.product_key = returns.product_key
            and sales.stretch_number = returns.stretch_number
            and sales.event_number < returns.event_number
            and sales.level_after > returns.level_after
            and sales.level_before < returns.level_before

),

-- What earlier returns left of the sale, down to the bottom of this one.
stretches as (

    select
        *,
        cast(
            least(sale_top, coalesce(lowest_before, sale_top))
            - sale_bottom as decimal(21, 6)
        ) as upper_units,
        cast(
            greatest(sale_bottom, return_bottom) - sale_bottom
            as decimal(21, 6)
        ) as lower_units
    from candidates

),

paired as (

    select
        return_load_id,
        return_source_row,
        sale_load_id,
        sale_source_row,
        customer_id,
        order_id,
        product_id,
        unit_price,
        discount,
        sold_at,
        returned_at,
        sale_units,
        upper_units,
        lower_units,
        cast(upper_units - lower_units as decimal(21, 6)) as matched_units
    from stretches
    where upper_units > lower_units

)

select * from paired
