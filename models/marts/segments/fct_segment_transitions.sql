with

month_ends as (

    select * from {{ ref('fct_customer_segment_history') }}
    where is_month_end

),

bounds as (

    select
        min(snapshot_date) as first_month_end,
        max(snapshot_date) as last_month_end
    from month_ends

),

arrivals as (

    select
        customer_id,
        snapshot_date as to_date,
        segment_id,
        persona
    from month_ends

),

departures as (

    select
        customer_id,
        add_months(snapshot_date, 1) as to_date,
        segment_id,
        persona
    from month_ends

),

-- New customers have no segment to come from; those whose orders all came
-- back since have none to go to.
moves as (

    select
        coalesce(arrivals.to_date, departures.to_date) as to_date,
        departures.segment_id as from_segment_id,
        departures.persona as from_persona,
        arrivals.segment_id as to_segment_id,
        arrivals.persona as to_persona
    from arrivals
    full outer join departures
        on
            arrivals.customer_id = departures.customer_id
            and arrivals.to_date = departures.to_date

),

moves_counted as (

    select
        moves.to_date,
        moves.from_segment_id,
        moves.from_persona,
        moves.to_segment_id,
        moves.to_persona,
        count(*) as customer_count
    from moves
    inner join bounds
        on
            moves.to_date > bounds.first_month_end
            and moves.to_date <= bounds.last_month_end
    group by
        moves.to_date,
        moves.from_segment_id,
        moves.from_persona,
        moves.to_segment_id,
        moves.to_persona

),

transitions as (

    select
        add_months(to_date, -1) as from_date,
        to_date,
        from_segment_id,
        from_persona,
        to_segment_id,
        to_persona,
        customer_count,
        cast(customer_count as double) / nullif(
            sum(customer_count) over (partition by to_date, from_segment_id), 0
        ) as share_of_from
    from moves_counted

)

select * from transitions
