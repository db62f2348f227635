-- One segment's quantiles on each measure, in the measure's own unit and as
-- percentiles of all customers of the chosen day and country.
with quantiles as (
    select * from segment_quantiles(
        $as_of,
        $country,
        [0.1, 0.25, 0.5, 0.75, 0.9],
        persona_name := $persona
    )
),

spread as (
    select
        segment_id,
        persona,
        measure,
        any_value(amount) filter (share = 0.1) as amount_10,
        any_value(amount) filter (share = 0.25) as amount_25,
        any_value(amount) filter (share = 0.5) as amount_50,
        any_value(amount) filter (share = 0.75) as amount_75,
        any_value(amount) filter (share = 0.9) as amount_90,
        any_value(percentile) filter (share = 0.1) as percentile_10,
        any_value(percentile) filter (share = 0.25) as percentile_25,
        any_value(percentile) filter (share = 0.5) as percentile_50,
        any_value(percentile) filter (share = 0.75) as percentile_75,
        any_value(percentile) filter (share = 0.9) as percentile_90,
        any_value(lower_share) filter (share = 0.5) as lower_share,
        any_value(higher_share) filter (share = 0.5) as higher_share
    from quantiles
    group by segment_id, persona, measure
)

select * from spread
order by measure
