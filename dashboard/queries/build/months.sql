with month_orders as (
    select month from month_orders
    where month < $as_of
)

select distinct month from month_orders
order by month desc
