with first_order as (
    select first_date from first_order
)

select first_date from first_order
