-- Whoever was in a segment at a month end is somewhere at the next one, or
-- counted as gone. A row is a segment whose shares do not add up to 1.
with

transitions as (

    select * from {{ ref('fct_segment_transitions') }}

),

shares_summed as (

    select
        to_date,
        from_segment_id,
        sum(share_of_from) as share_sum
    from transitions
    group by to_date, from_segment_id

),

incomplete as (

    select * from shares_summed
    where abs(share_sum - 1) > 0.000000001

)

select * from incomplete
