with

returns_unmatched as (

    select * from {{ ref('int_returns_unmatched') }}

),

summed as (

    select
        reason,
        count(*) as row_count,
        cast(sum(unmatched_amount) as decimal(38, 9)) as amount
    from returns_unmatched
    group by reason

)

select * from summed
