with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where line_class = 'sale'

),

-- A country to a row keeps text out of the large aggregate, which can then
-- hash instead of sort.
countries_summed as (

    select
        customer_id,
        order_id,
        cast(ordered_at as date) as order_date,
        country,
        min(ordered_at) as first_ordered_at,
        max(ordered_at) as last_ordered_at,
        sum(units) as units,
        sum(amount) as gross_amount
    from order_lines
    group by customer_id, order_id, cast(ordered_at as date), country

),

summed as (

    select
        customer_id,
        order_id,
        order_date,
        min(first_ordered_at) as first_ordered_at,
        cast(sum(units) as decimal(38, 6)) as units,
        cast(sum(gross_amount) as decimal(38, 9)) as gross_amount,
        max(
            struct(country is not null as is_known, last_ordered_at, country)
        ).country as country
    from countries_summed
    group by customer_id, order_id, order_date

)

select * from summed
