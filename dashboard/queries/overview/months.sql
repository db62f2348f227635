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
orders as (
    select
        customer_id,
        order_date,
        net_amount
    from orders
    where is_counted
),
first_order as (
    select min(order_date) as first_date from orders
),
customer_months as (
    select
        customer_number,
        segment_id
    from customer_months
    where snapshot_date = $as_of
),
ordered as (
    select
        months.compared,
        orders.customer_id,
        orders.net_amount
    from orders
    inner join months
        on date_trunc('month', orders.order_date) = months.month
    inner join customer_keys
        on orders.customer_id = customer_keys.customer_id
    left join customer_months
        on customer_keys.customer_number = customer_months.customer_number
    where ($country is null or customer_keys.country = $country)
        and ($segment_id is null or customer_months.segment_id = $segment_id)
),
counted as (
    select
        compared,
        count(*) as order_count,
        count(distinct customer_id) as customer_count,
        sum(net_amount) as revenue
    from ordered
    group by compared
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
