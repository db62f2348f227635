-- The last whole month before the chosen day beside the month before it and
-- the same month a year earlier: orders that were kept, by the customers' own
-- country, and of one segment those who are in it at the chosen day. A month
-- is known where orders go back to its first day.
with last_month as (
    select (date_trunc('month', $as_of::date) - to_months(1))::date as month
),

months as (
    select
        unnest(['month', 'month_before', 'year_before']) as compared,
        (month - to_months(unnest([0, 1, 12])))::date as month
    from last_month
),

month_orders as (
    select * from month_orders
    where
        month >= (select min(months.month) from months)
        and month <= (select max(months.month) from months)
        and ($country is null or country = $country)
),

members as (
    select customer_number from customer_months
    where snapshot_date = $as_of and segment_id = $segment_id
),

counted as (
    select
        months.compared,
        sum(month_orders.order_count)::bigint as order_count,
        count(*) as customer_count,
        sum(month_orders.revenue) as revenue
    from month_orders
    inner join months on month_orders.month = months.month
    where
        $segment_id is null
        or month_orders.customer_number in (
            select members.customer_number from members
        )
    group by months.compared
)

select
    months.compared,
    months.month,
    coalesce(first_order.first_date <= months.month, false) as is_known,
    coalesce(counted.revenue, 0) as revenue,
    coalesce(counted.customer_count, 0) as customer_count,
    coalesce(counted.order_count, 0) as order_count
from months
cross join first_order
left join counted on months.compared = counted.compared
order by months.month desc
