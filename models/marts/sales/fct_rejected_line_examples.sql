with

rejected_lines as (

    select * from {{ ref('fct_rejected_lines') }}

),

-- Taking each reason's first lines in turn shows every reason of a class.
reasons_ranked as (

    select
        *,
        row_number() over (
            partition by line_class, reject_reason
            order by source_file, source_row, load_id
        ) as row_in_reason
    from rejected_lines

),

candidates as (

    select * from reasons_ranked
    where row_in_reason <= {{ var('example_line_count') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by line_class
            order by
                row_in_reason, reject_reason, source_file, source_row, load_id
        ) as example_number
    from candidates

),

examples as (

    select
        line_class,
        cast(example_number as int) as example_number,
        reject_reason,
        load_id,
        source_file,
        source_row,
        order_id,
        product_id,
        description,
        quantity_text,
        unit_price_text,
        ordered_at_text,
        customer_id,
        amount
    from ranked
    where example_number <= {{ var('example_line_count') }}

)

select * from examples
