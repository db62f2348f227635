-- Where the middle of each segment lies on the customer map: the ellipse of
-- its own mean and covariance in logarithms, 1.5 standard deviations wide
-- (about two thirds of a normal cloud).
with map_cells as (
    select * from map_cells
    where snapshot_date = $as_of
        and ($country is null or country = $country)
),
segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
    where $segment is null or persona = $segment
),
sums as (
    select
        segment_profiles.segment_id,
        segment_profiles.persona,
        sum(customer_count) as members,
        sum(recency_sum) / sum(customer_count) as recency,
        sum(money_sum) / sum(customer_count) as money,
        sum(recency_square_sum) / sum(customer_count) as recency_square,
        sum(money_square_sum) / sum(customer_count) as money_square,
        sum(product_sum) / sum(customer_count) as product
    from map_cells
    inner join segment_profiles
        on map_cells.segment_id = segment_profiles.segment_id
    group by segment_profiles.segment_id, segment_profiles.persona
    having sum(customer_count) >= 10
),
moments as (
    select
        segment_id,
        persona,
        recency,
        money,
        sqrt(greatest(recency_square - recency * recency, 0)) as recency_spread,
        sqrt(greatest(money_square - money * money, 0)) as money_spread,
        product - recency * money as covariance
    from sums
),
correlated as (
    select
        *,
        coalesce(
            least(
                greatest(
                    covariance / nullif(recency_spread * money_spread, 0), -1
                ),
                1
            ),
            0
        ) as correlation
    from moments
),
angles as (
    select
        steps.step,
        2 * pi() * steps.step / 48 as angle
    from range(49) as steps (step)
),
segment_outlines as (
    select
        segment_id,
        persona,
        step,
        exp(recency + 1.5 * recency_spread * cos(angle)) as recency_days,
        exp(
            money + 1.5 * money_spread * (
                correlation * cos(angle)
                + sqrt(1 - correlation * correlation) * sin(angle)
            )
        ) as monetary,
        exp(recency) as middle_recency_days,
        exp(money) as middle_monetary
    from correlated
    cross join angles
)
select * from segment_outlines
order by segment_id, step
