-- Returns never take more from a sale than it sold. A row is a sale line
-- with more units given back than bought.
with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'sale'

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

returned as (

    select
        sale_load_id as load_id,
        sale_source_row as source_row,
        sum(matched_units) as matched_units
    from returns_matched
    group by sale_load_id, sale_source_row

),

exceeded as (

    select
        load_id,
        source_row,
        order_lines.units,
        returned.matched_units
    from returned
    left join order_lines
        using (load_id, source_row)
    where coalesce(order_lines.units, 0) < returned.matched_units

)

select * from exceeded
