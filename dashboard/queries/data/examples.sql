with rejected_line_examples as (
    select * from rejected_line_examples
    where line_class = $line_class
)

select
    source_file,
    source_row,
    reject_reason,
    order_id,
    product_id,
    description,
    quantity_text,
    unit_price_text,
    ordered_at_text,
    customer_id,
    amount
from rejected_line_examples
order by source_file, source_row
