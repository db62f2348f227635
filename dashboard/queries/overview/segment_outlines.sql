-- Where the middle of each segment lies on the customer map: the ellipse of
-- its own mean and covariance in logarithms, 1.5 standard deviations wide
-- (about two thirds of a normal cloud).
with map_cells as (
    select * from map_cells
    where
        snapshot_date = $as_of
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
        sum(map_cells.customer_count) as members,
        sum(map_cells.recency_sum) / sum(map_cells.customer_count) as recency,
        sum(map_cells.money_sum) / sum(map_cells.customer_count) as money,
        sum(map_cells.recency_square_sum) / sum(map_cells.customer_count)
            as recency_square,
        sum(map_cells.money_square_sum) / sum(map_cells.customer_count)
            as money_square,
        sum(map_cells.product_sum) / sum(map_cells.customer_count) as product
    from map_cells
    inner join segment_profiles
        on map_cells.segment_id = segment_profiles.segment_id
    group by segment_profiles.segment_id, segment_profiles.persona
    having sum(map_cells.customer_count) >= 10
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
        correlated.segment_id,
        correlated.persona,
        angles.step,
        exp(
            correlated.recency
            + 1.5 * correlated.recency_spread * cos(angles.angle)
        ) as recency_days,
        exp(
            correlated.money + 1.5 * correlated.money_spread * (
                correlated.correlation * cos(angles.angle)
                + sqrt(1 - pow(correlated.correlation, 2)) * sin(angles.angle)
            )
        ) as monetary,
        exp(correlated.recency) as middle_recency_days,
        exp(correlated.money) as middle_monetary
    from correlated
    cross join angles
)

select * from segment_outlines
order by segment_id, step
