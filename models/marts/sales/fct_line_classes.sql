with

line_classes as (

    select * from {{ ref('line_classes') }}

),

order_lines as (

    select * from {{ ref('int_order_lines_classified') }}

),

summed as (

    select
        line_class,
        count(*) as row_count,
        sum(amount) as amount
    from order_lines
    group by line_class

),

joined as (

    select
        line_classes.line_class,
        coalesce(summed.row_count, 0) as row_count,
        cast(coalesce(summed.amount, 0) as decimal(38, 9)) as amount,
        line_classes.is_kept,
        line_classes.class_order,
        line_classes.class_description as description
    from line_classes
    left join summed
        on line_classes.line_class = summed.line_class

)

select * from joined
