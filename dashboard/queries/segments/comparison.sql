-- The median of each segment on each measure, and its place among all
-- customers of the chosen day and country, on which measures of different
-- units can stand side by side. Measures that the run's own date alone has
-- leave no rows at another. Wide until the end: a row for each measure and
-- customer would not fit the memory of a million customers.
with segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
),

members as (
    select * from measured_customers($as_of, $country)
),

points as (
    select
        segment_id,
        median(recency_days) as recency_days,
        median(frequency) as frequency,
        median(monetary) as monetary,
        median(average_order_value) as average_order_value,
        median(average_days_between_orders) as average_days_between_orders,
        median(tenure_days) as tenure_days,
        median(product_count) as product_count,
        median(return_rate) as return_rate
    from members
    group by segment_id
),

typical as (
    select
        median(recency_days) as recency_days,
        median(frequency) as frequency,
        median(monetary) as monetary,
        median(average_order_value) as average_order_value,
        median(average_days_between_orders) as average_days_between_orders,
        median(tenure_days) as tenure_days,
        median(product_count) as product_count,
        median(return_rate) as return_rate
    from members
),

typical_listed as (
    unpivot typical
    on columns(*)
    into name measure value population_median
),

counted as (
    select
        points.segment_id,
        any_value(points.recency_days) as recency_days,
        count_if(members.recency_days < points.recency_days)
        / count(members.recency_days) as recency_days_below,
        count_if(members.recency_days > points.recency_days)
        / count(members.recency_days) as recency_days_above,
        any_value(points.frequency) as frequency,
        count_if(members.frequency < points.frequency)
        / count(members.frequency) as frequency_below,
        count_if(members.frequency > points.frequency)
        / count(members.frequency) as frequency_above,
        any_value(points.monetary) as monetary,
        count_if(members.monetary < points.monetary) / count(members.monetary)
            as monetary_below,
        count_if(members.monetary > points.monetary) / count(members.monetary)
            as monetary_above,
        any_value(points.average_order_value) as average_order_value,
        count_if(members.average_order_value < points.average_order_value)
        / count(members.average_order_value) as average_order_value_below,
        count_if(members.average_order_value > points.average_order_value)
        / count(members.average_order_value) as average_order_value_above,
        any_value(points.average_days_between_orders)
            as average_days_between_orders,
        count_if(
            members.average_days_between_orders
            < points.average_days_between_orders
        ) / count(members.average_days_between_orders)
            as average_days_between_orders_below,
        count_if(
            members.average_days_between_orders
            > points.average_days_between_orders
        ) / count(members.average_days_between_orders)
            as average_days_between_orders_above,
        any_value(points.tenure_days) as tenure_days,
        count_if(members.tenure_days < points.tenure_days)
        / count(members.tenure_days) as tenure_days_below,
        count_if(members.tenure_days > points.tenure_days)
        / count(members.tenure_days) as tenure_days_above,
        any_value(points.product_count) as product_count,
        count_if(members.product_count < points.product_count)
        / count(members.product_count) as product_count_below,
        count_if(members.product_count > points.product_count)
        / count(members.product_count) as product_count_above,
        any_value(points.return_rate) as return_rate,
        count_if(members.return_rate < points.return_rate)
        / count(members.return_rate) as return_rate_below,
        count_if(members.return_rate > points.return_rate)
        / count(members.return_rate) as return_rate_above
    from members
    cross join points
    group by points.segment_id
),

listed as (
    select
        segment_id,
        unnest([
            'recency_days',
            'frequency',
            'monetary',
            'average_order_value',
            'average_days_between_orders',
            'tenure_days',
            'product_count',
            'return_rate'
        ]) as measure,
        unnest([
            recency_days,
            frequency,
            monetary,
            average_order_value,
            average_days_between_orders,
            tenure_days,
            product_count,
            return_rate
        ]) as amount,
        unnest([
            recency_days_below,
            frequency_below,
            monetary_below,
            average_order_value_below,
            average_days_between_orders_below,
            tenure_days_below,
            product_count_below,
            return_rate_below
        ]) as lower_share,
        unnest([
            recency_days_above,
            frequency_above,
            monetary_above,
            average_order_value_above,
            average_days_between_orders_above,
            tenure_days_above,
            product_count_above,
            return_rate_above
        ]) as higher_share
    from counted
),

comparison as (
    select
        listed.segment_id,
        segment_profiles.persona,
        listed.measure,
        listed.amount as amount_50,
        typical_listed.population_median,
        listed.lower_share,
        listed.higher_share,
        50 * (1 + listed.lower_share - listed.higher_share) as percentile_50
    from listed
    inner join typical_listed on listed.measure = typical_listed.measure
    inner join segment_profiles
        on listed.segment_id = segment_profiles.segment_id
    where listed.amount is not null
)

select * from comparison
order by segment_id, measure
