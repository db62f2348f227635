-- Where the middle of each segment lies on the customer map: the ellipse of
-- its own mean and covariance in logarithms, 1.5 standard deviations wide
-- (about two thirds of a normal cloud).
with customer_history as (
    select * from customer_history
    where snapshot_date = $as_of
),
places as (
    select customer_id from customers
    where country = $country
),
logged as (
    select
        segment_id,
        persona,
        ln(recency_days) as recency,
        ln(greatest(monetary::double, 1)) as money
    from customer_history
    where ($segment is null or persona = $segment)
        and (
            $country is null
            or customer_id in (select customer_id from places)
        )
),
moments as (
    select
        segment_id,
        persona,
        count(*) as customer_count,
        avg(recency) as recency,
        avg(money) as money,
        stddev_pop(recency) as recency_deviation,
        stddev_pop(money) as money_deviation,
        coalesce(corr(recency, money), 0) as correlation
    from logged
    group by segment_id, persona
    having count(*) >= 10
),
angles as (
    select
        step,
        2 * pi() * step / 48 as angle
    from range(49) as steps (step)
),
segment_outlines as (
    select
        moments.segment_id,
        moments.persona,
        angles.step,
        exp(recency + 1.5 * recency_deviation * cos(angle)) as recency_days,
        exp(
            money + 1.5 * money_deviation * (
                correlation * cos(angle)
                + sqrt(greatest(1 - correlation * correlation, 0)) * sin(angle)
            )
        ) as monetary,
        exp(recency) as middle_recency_days,
        exp(money) as middle_monetary
    from moments
    cross join angles
)
select * from segment_outlines
order by segment_id, step
