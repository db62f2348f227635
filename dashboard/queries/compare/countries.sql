-- The countries of most customers of one side of a comparison.
with selected as (
    select country from chosen_customers(
        $day,
        segment := $side_segment_id,
        country_name := $country,
        alternatives := $alternatives
    )
),

counted as (
    select
        country as name,
        count(*) as customer_count,
        count(*) / sum(count(*)) over () as customer_share
    from selected
    group by country
)

select * from counted
where name is not null
order by customer_count desc, name asc
limit $limit
