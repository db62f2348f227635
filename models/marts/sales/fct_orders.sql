with

order_lines as (

    select * from {{ ref('fct_order_lines') }}
    where line_class = 'sale'

),

order_days as (

    select * from {{ ref('int_order_days_summed') }}

),

-- A sorted pass writes to disk what does not fit into memory; sets of
-- products by order, or a hash of all pairs, could not.
lines_compared as (

    select
        *,
        lag(product_id) over (
            partition by customer_id, order_id
            order by product_id, load_id, source_row
        ) as previous_product_id
    from order_lines

),

-- Some invoices carry two timestamps a minute apart: the first is the order's.
lines_summed as (

    select
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        count(*) as line_count,
        nullif(
            count(if(product_id <=> previous_product_id, null, product_id)), 0
        ) as product_count,
        sum(amount) as gross_amount,
        sum(returned_amount) as returned_amount,
        bool_or(has_units_left) as is_counted
    from lines_compared
    group by customer_id, order_id

),

countries as (

    select
        customer_id,
        order_id,
        max(
            struct(country is not null as is_known, order_date, country)
        ).country as country
    from order_days
    group by customer_id, order_id

),

-- The difference of two decimal(38, 9) would be rounded to eight places.
orders as (

    select
        lines_summed.customer_id,
        lines_summed.order_id,
        lines_summed.ordered_at,
        cast(lines_summed.ordered_at as date) as order_date,
        countries.country,
        lines_summed.line_count,
        lines_summed.product_count,
        cast(lines_summed.gross_amount as decimal(38, 9)) as gross_amount,
        cast(lines_summed.returned_amount as decimal(38, 9)) as returned_amount,
        cast(
            cast(lines_summed.gross_amount as decimal(37, 9))
            - cast(lines_summed.returned_amount as decimal(37, 9))
            as decimal(38, 9)
        ) as net_amount,
        lines_summed.is_counted
    from lines_summed
    left join countries
        on
            lines_summed.customer_id = countries.customer_id
            and lines_summed.order_id = countries.order_id

)

select * from orders
