-- No returned unit is lost or counted twice. A row is a return line whose
-- matched and unmatched units are not its units.
with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'return'

),

returns_matched as (

    select * from {{ ref('int_returns_matched') }}

),

returns_unmatched as (

    select * from {{ ref('int_returns_unmatched') }}

),

accounted as (

    select
        return_load_id as load_id,
        return_source_row as source_row,
        matched_units as units
    from returns_matched
    union all
    select
        load_id,
        source_row,
        unmatched_units as units
    from returns_unmatched

),

accounted_summed as (

    select
        load_id,
        source_row,
        sum(units) as units
    from accounted
    group by load_id, source_row

),

differing as (

    select
        load_id,
        source_row,
        order_lines.units as returned_units,
        accounted_summed.units as accounted_units
    from order_lines
    full outer join accounted_summed
        using (load_id, source_row)
    where
        0 - coalesce(order_lines.units, 0)
        != coalesce(accounted_summed.units, 0)

)

select * from differing
