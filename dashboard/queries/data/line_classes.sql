with line_classes as (
    select * from line_classes
)

select
    line_class,
    row_count,
    amount,
    is_kept,
    class_order,
    description
from line_classes
order by is_kept, class_order
