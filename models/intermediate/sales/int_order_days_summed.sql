with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'sale'

),

summed as (

    select
        customer_id,
        order_id,
        cast(ordered_at as date) as order_date,
        min(ordered_at) as first_ordered_at,
        cast(sum(units) as decimal(38, 6)) as units,
        cast(sum(amount) as decimal(38, 9)) as gross_amount,
        max_by(
            country,
            struct(country is not null, ordered_at, source_row, load_id)
        ) as country
    from order_lines
    group by customer_id, order_id, cast(ordered_at as date)

)

select * from summed
