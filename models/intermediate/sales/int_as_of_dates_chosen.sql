{%- set given = var('as_of_date') | string | trim %}
with

order_lines as (

    select * from {{ ref('stg_shop__order_lines') }}

),

-- Nothing is read where the date is given: the condition is constant.
last_orders as (

    select date_add(cast(max(ordered_at) as date), 1) as as_of_date
    from order_lines
    where
        parse_problem is null
        and '{{ given }}' = ''

),

as_of_dates as (

    select
        coalesce(try_cast('{{ given }}' as date), as_of_date) as as_of_date,
        '{{ given }}' != '' as is_given
    from last_orders

),

known as (

    select * from as_of_dates
    where as_of_date is not null

)

select * from known
