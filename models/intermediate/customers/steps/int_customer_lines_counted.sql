with

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}
    where
        customer_id is not null
        and line_class not in ('unparseable', 'after_as_of')

),

-- A country to a row keeps text out of the large aggregate, which can then
-- hash instead of sort.
countries_counted as (

    select
        customer_id,
        country,
        max(ordered_at) as last_ordered_at,
        bool_and(is_cancellation or line_class = 'return') as is_only_cancelled,
        count_if(line_class = 'sale') as sale_line_count,
        count_if(line_class = 'return') as return_line_count,
        count(reject_reason) as rejected_line_count
    from order_lines
    group by customer_id, country

),

lines_counted as (

    select
        customer_id,
        bool_and(is_only_cancelled) as is_only_cancelled,
        sum(sale_line_count) as sale_line_count,
        sum(return_line_count) as return_line_count,
        sum(rejected_line_count) as rejected_line_count,
        max(
            struct(country is not null as is_known, last_ordered_at, country)
        ).country as country
    from countries_counted
    group by customer_id

)

select * from lines_counted
