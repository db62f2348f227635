-- Grain: segment and measure. Quantiles of each segment in the measure's own
-- unit, and as percentiles of all customers (50 is the typical customer), on
-- which measures of different units can stand side by side.
with population as (
    select
        measure,
        quantile_cont(amount, list_transform(range(101), lambda i: i / 100))
            as cuts
    from measure_values
    group by measure
),
segments as (
    select
        segment_id,
        persona,
        measure,
        quantile_cont(amount, [0.1, 0.25, 0.5, 0.75, 0.9]) as amounts
    from measure_values
    group by segment_id, persona, measure
),
placed as (
    select
        segments.segment_id,
        segments.persona,
        segments.measure,
        segments.amounts,
        population.cuts[51] as population_median,
        list_transform(
            segments.amounts,
            lambda amount: (
                len(list_filter(population.cuts, lambda cut: cut < amount))
                + len(list_filter(population.cuts, lambda cut: cut <= amount))
            ) / 2.02
        ) as percentiles
    from segments
    inner join population on segments.measure = population.measure
),
segment_measures as (
    select
        segment_id,
        persona,
        measure,
        population_median,
        amounts[1] as amount_10,
        amounts[2] as amount_25,
        amounts[3] as amount_50,
        amounts[4] as amount_75,
        amounts[5] as amount_90,
        percentiles[1] as percentile_10,
        percentiles[2] as percentile_25,
        percentiles[3] as percentile_50,
        percentiles[4] as percentile_75,
        percentiles[5] as percentile_90
    from placed
)
select * from segment_measures
order by segment_id, measure
