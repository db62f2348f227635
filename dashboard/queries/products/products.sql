-- What is known of each product before a day: revenue, the share of customers
-- who ever bought it, revenue of two periods, and lift in a chosen segment, for
-- which it takes a minimum of the segment's customers.
with customers as (
    select
        customer_number,
        $segment_id is null or segment_id = $segment_id as is_chosen
    from customer_months
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
),

sizes as (
    select
        count(*) as all_count,
        count(*) filter (is_chosen) as chosen_count
    from customers
),

purchases as (
    select
        product_months.*,
        customers.is_chosen
    from product_months
    inner join customers
        on product_months.customer_number = customers.customer_number
    where product_months.order_month < $as_of
),

-- A customer to a row: counting rows is quicker than counting distinct
-- customers three times.
buyers as (
    select
        product_id,
        customer_number,
        any_value(is_chosen) as is_chosen,
        sum(revenue) as revenue,
        sum(revenue) filter (
            order_month >= $this_from and order_month < $this_to
        ) as this_revenue,
        sum(revenue) filter (
            order_month >= $before_from and order_month < $before_to
        ) as before_revenue,
        bool_or(order_month >= $before_from and order_month < $before_to)
            as has_bought_before
    from purchases
    group by product_id, customer_number
),

summed as (
    select
        product_id,
        count(*) as buyer_count,
        count(*) filter (is_chosen) as customer_count,
        sum(revenue) filter (is_chosen) as revenue,
        coalesce(sum(this_revenue) filter (is_chosen), 0) as this_revenue,
        coalesce(sum(before_revenue) filter (is_chosen), 0) as before_revenue,
        count(*) filter (is_chosen and has_bought_before)
            as before_customer_count
    from buyers
    group by product_id
),

measured as (
    select
        summed.product_id as id,
        coalesce(products.description, summed.product_id) as name,
        summed.revenue::double as revenue,
        summed.customer_count,
        summed.customer_count / sizes.chosen_count as reach,
        summed.this_revenue::double as this_revenue,
        summed.before_revenue::double as before_revenue,
        case
            when
                summed.before_customer_count >= $minimum_customers
                and summed.before_revenue > 0
                then (summed.this_revenue / summed.before_revenue)::double - 1
        end as growth,
        case
            when
                $segment_id is not null
                and summed.customer_count >= $minimum_customers
                then
                    (summed.customer_count / sizes.chosen_count)
                    / (summed.buyer_count / sizes.all_count)
        end as lift
    from summed
    cross join sizes
    left join products on summed.product_id = products.product_id
    where summed.customer_count > 0
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
