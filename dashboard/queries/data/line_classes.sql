with line_classes as (
    select * from line_classes
)
select
    class as line_class,
    rows as row_count,
    amount,
    is_kept,
    class_order,
    description
from line_classes
order by is_kept, class_order
