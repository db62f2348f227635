with

rejected_lines as (

    select * from {{ ref('fct_rejected_lines') }}

),

order_line_texts as (

    select * from {{ ref('stg_shop__order_line_texts') }}

),

-- Taking each reason's first lines in turn shows every reason of a class.
-- Only what the order needs is sorted; the rest is looked up for the few.
reasons_ranked as (

    select
        load_id,
        source_row,
        source_file,
        line_class,
        reject_reason,
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

    select * from ranked
    where example_number <= {{ var('example_line_count') }}

),

-- What does not read is shown as it was written.
examples_quoted as (

    select
        examples.line_class,
        cast(examples.example_number as int) as example_number,
        examples.reject_reason,
        examples.load_id,
        examples.source_file,
        examples.source_row,
        rejected_lines.order_id,
        rejected_lines.product_id,
        rejected_lines.description,
        order_line_texts.quantity_text,
        order_line_texts.unit_price_text,
        order_line_texts.ordered_at_text,
        rejected_lines.customer_id,
        rejected_lines.amount
    from examples
    inner join rejected_lines
        on
            examples.load_id = rejected_lines.load_id
            and examples.source_row = rejected_lines.source_row
    inner join order_line_texts
        on
            examples.load_id = order_line_texts.load_id
            and examples.source_row = order_line_texts.source_row

)

select * from examples_quoted
