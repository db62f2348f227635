-- What is known of each country before a day: revenue, the share of customers
-- who are there, revenue of two periods, and lift in a chosen segment, for
-- which it takes a minimum of the segment's customers.
with customers as (
    select
        customer_number,
        segment_id,
        country,
        $segment_id is null or segment_id = $segment_id as is_chosen
    from customer_months
    where
        snapshot_date = $as_of
        and country is not null
        and ($country is null or country = $country)
),

sizes as (
    select
        count(*) as all_count,
        count(*) filter (is_chosen) as chosen_count
    from customers
),

people as (
    select
        country,
        count(*) as everyone_count,
        count(*) filter (is_chosen) as customer_count
    from customers
    group by country
),

sales as (
    select
        customers.country,
        sum(month_orders.revenue) as revenue,
        coalesce(
            sum(month_orders.revenue) filter (
                month_orders.month >= $this_from
                and month_orders.month < $this_to
            ),
            0
        ) as this_revenue,
        coalesce(
            sum(month_orders.revenue) filter (
                month_orders.month >= $before_from
                and month_orders.month < $before_to
            ),
            0
        ) as before_revenue,
        count(distinct month_orders.customer_number) filter (
            month_orders.month >= $before_from
            and month_orders.month < $before_to
        ) as before_customer_count
    from month_orders
    inner join customers
        on month_orders.customer_number = customers.customer_number
    where customers.is_chosen and month_orders.month < $as_of
    group by customers.country
),

measured as (
    select
        people.country as id,
        people.country as name,
        coalesce(sales.revenue, 0)::double as revenue,
        people.customer_count,
        people.customer_count / sizes.chosen_count as reach,
        coalesce(sales.this_revenue, 0)::double as this_revenue,
        coalesce(sales.before_revenue, 0)::double as before_revenue,
        case
            when
                sales.before_customer_count >= $minimum_customers
                and sales.before_revenue > 0
                then (sales.this_revenue / sales.before_revenue)::double - 1
        end as growth,
        case
            when
                $segment_id is not null
                and people.customer_count >= $minimum_customers
                then
                    (people.customer_count / sizes.chosen_count)
                    / (people.everyone_count / sizes.all_count)
        end as lift
    from people
    cross join sizes
    left join sales on people.country = sales.country
    where people.customer_count > 0
)

select * from measured
order by
    case $rank
        when 'revenue' then revenue
        when 'reach' then reach
        when 'growth' then growth
        when 'lift' then lift
    end desc nulls last,
    id
limit $limit
