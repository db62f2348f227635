-- One segment's quantiles on each measure, in the measure's own unit, and as
-- percentiles of all customers of the chosen day and country (50 is the
-- typical one; of equal customers half count as below). Measures that the
-- run's own date alone has leave no rows at another.
with segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
    where persona = $persona
),

members as (
    select * from measured_customers($as_of, $country)
),

quantiles as (
    select
        segment_id,
        quantile_cont(recency_days, [0.1, 0.25, 0.5, 0.75, 0.9])
            as recency_days,
        quantile_cont(frequency, [0.1, 0.25, 0.5, 0.75, 0.9])
            as frequency,
        quantile_cont(monetary, [0.1, 0.25, 0.5, 0.75, 0.9])
            as monetary,
        quantile_cont(average_order_value, [0.1, 0.25, 0.5, 0.75, 0.9])
            as average_order_value,
        quantile_cont(average_days_between_orders, [0.1, 0.25, 0.5, 0.75, 0.9])
            as average_days_between_orders,
        quantile_cont(tenure_days, [0.1, 0.25, 0.5, 0.75, 0.9])
            as tenure_days,
        quantile_cont(product_count, [0.1, 0.25, 0.5, 0.75, 0.9])
            as product_count,
        quantile_cont(return_rate, [0.1, 0.25, 0.5, 0.75, 0.9])
            as return_rate
    from members
    where
        segment_id in (
            select segment_profiles.segment_id from segment_profiles
        )
    group by segment_id
),

points as (
    select
        segment_id,
        unnest([10, 25, 50, 75, 90]) as step,
        unnest(recency_days) as recency_days,
        unnest(frequency) as frequency,
        unnest(monetary) as monetary,
        unnest(average_order_value) as average_order_value,
        unnest(average_days_between_orders) as average_days_between_orders,
        unnest(tenure_days) as tenure_days,
        unnest(product_count) as product_count,
        unnest(return_rate) as return_rate
    from quantiles
),

counted as (
    select
        points.segment_id,
        points.step,
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
    group by points.segment_id, points.step
),

listed as (
    select
        segment_id,
        step,
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

spread as (
    select
        listed.segment_id,
        segment_profiles.persona,
        listed.measure,
        any_value(listed.amount) filter (listed.step = 10) as amount_10,
        any_value(listed.amount) filter (listed.step = 25) as amount_25,
        any_value(listed.amount) filter (listed.step = 50) as amount_50,
        any_value(listed.amount) filter (listed.step = 75) as amount_75,
        any_value(listed.amount) filter (listed.step = 90) as amount_90,
        any_value(50 * (1 + listed.lower_share - listed.higher_share))
        filter (listed.step = 10) as percentile_10,
        any_value(50 * (1 + listed.lower_share - listed.higher_share))
        filter (listed.step = 25) as percentile_25,
        any_value(50 * (1 + listed.lower_share - listed.higher_share))
        filter (listed.step = 50) as percentile_50,
        any_value(50 * (1 + listed.lower_share - listed.higher_share))
        filter (listed.step = 75) as percentile_75,
        any_value(50 * (1 + listed.lower_share - listed.higher_share))
        filter (listed.step = 90) as percentile_90,
        any_value(listed.lower_share) filter (listed.step = 50) as lower_share,
        any_value(listed.higher_share) filter (listed.step = 50) as higher_share
    from listed
    inner join segment_profiles
        on listed.segment_id = segment_profiles.segment_id
    where listed.amount is not null
    group by listed.segment_id, segment_profiles.persona, listed.measure
)

select * from spread
order by measure
