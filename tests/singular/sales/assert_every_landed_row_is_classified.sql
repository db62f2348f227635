-- Landing counted the records of each file; as many rows of the file must
-- carry a class. A row is a file that lost or gained rows on the way.
with

loads as (

    select * from {{ ref('stg_shop__loads') }}

),

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}

),

rows_counted as (

    select
        load_id,
        count(*) as row_count
    from order_lines
    group by load_id

),

differing as (

    select
        loads.load_id,
        loads.raw_row_count,
        rows_counted.row_count
    from loads
    full outer join rows_counted
        on loads.load_id = rows_counted.load_id
    where
        coalesce(loads.raw_row_count, 0) != coalesce(rows_counted.row_count, 0)

)

select * from differing
