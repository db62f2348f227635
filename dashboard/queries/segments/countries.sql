-- The same figures as the export's segment_products, and the same rule for what
-- stands out: Katz's log interval of the ratio of the segment's share to that
-- of all other customers, as lift.
with snapshot_totals as (
    select * from snapshot_totals
    where snapshot_date = $as_of and country is not null
),

counted as (
    select
        country,
        sum(customer_count)::double as everyone,
        sum(customer_count) filter (persona = $persona)::double as members,
        sum(revenue) filter (persona = $persona) as revenue
    from snapshot_totals
    group by country
),

totals as (
    select
        *,
        sum(members) over () as segment_size,
        sum(everyone) over () as total,
        greatest(everyone - members, 0.5) as others
    from counted
),

ratios as (
    select
        *,
        total - segment_size as other_size,
        segment_size / total as weight,
        (members / segment_size) / (everyone / total) as lift,
        ln((members / segment_size) / (others / nullif(other_size, 0)))
            as log_ratio,
        1.959963984540054 * sqrt(
            1 / members - 1 / segment_size
            + 1 / others - 1 / nullif(other_size, 0)
        ) as log_margin
    from totals
    where members > 0
),

bounded as (
    select
        *,
        exp(log_ratio - log_margin) as ratio_low,
        exp(log_ratio + log_margin) as ratio_high
    from ratios
),

lifts as (
    select
        country,
        members::bigint as customer_count,
        segment_size::bigint as segment_customer_count,
        members / segment_size as customer_share,
        everyone / total as overall_share,
        revenue,
        lift,
        ratio_low / (weight * ratio_low + 1 - weight) as lift_low,
        greatest(ratio_high / (weight * ratio_high + 1 - weight), lift)
            as lift_high
    from bounded
),

judged as (
    select
        *,
        coalesce(
            customer_count >= $minimum_customers
            and customer_share >= $minimum_share
            and lift_low > 1,
            false
        ) as is_stand_out
    from lifts
),

countries as (
    select
        * exclude (lift_high),
        case when lift_low is not null then lift_high end as lift_high,
        row_number() over (order by customer_count desc, country asc)
            as customer_rank,
        row_number() over (order by revenue desc, country asc) as revenue_rank,
        case when is_stand_out then row_number() over (
            partition by is_stand_out order by lift_low desc, country asc
        ) end as stand_out_rank
    from judged
)

select * exclude (is_stand_out) from countries
where
    customer_rank <= 10
    or revenue_rank <= 10
    or stand_out_rank <= 10
order by customer_rank
