-- The reconciliation of lines: kept and rejected lines are the classes' lines,
-- in rows and in money. A row is a class that differs.
with

kept_lines as (

    select * from {{ ref('fct_order_lines') }}

),

rejected_lines as (

    select * from {{ ref('fct_rejected_lines') }}

),

line_classes as (

    select * from {{ ref('fct_line_classes') }}

),

all_lines as (

    select
        line_class,
        amount
    from kept_lines
    union all
    select
        line_class,
        amount
    from rejected_lines

),

summed as (

    select
        line_class,
        count(*) as row_count,
        coalesce(sum(amount), 0) as amount
    from all_lines
    group by line_class

),

differing as (

    select
        line_class,
        line_classes.row_count as account_row_count,
        line_classes.amount as account_amount,
        summed.row_count,
        summed.amount
    from line_classes
    full outer join summed
        using (line_class)
    where
        line_classes.line_class is null
        or line_classes.row_count != coalesce(summed.row_count, 0)
        or line_classes.amount != coalesce(summed.amount, 0)

)

select * from differing
