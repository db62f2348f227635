-- Which customers a list, a count or a campaign is of: the one home of the
-- choice, for every page and for the console.

-- Grain: customer who was in different segments at two month ends. Each of a
-- direction, a segment to start from or to end in, and a segment at either end
-- narrows them; null does not.
create macro moved_customers(
    start_day, end_day, direction_of, from_segment, to_segment, either_segment
) as table (
    with after_month as (
        select
            *,
            recency_days <= end_day::date - start_day::date as has_ordered
        from customer_months
        where snapshot_date = end_day
    ),
    before_month as (
        select * from customer_months
        where snapshot_date = start_day
    )
    select
        after_month.customer_number,
        after_month.country,
        before_month.segment_id as from_segment_id,
        after_month.segment_id as to_segment_id,
        directions.direction,
        after_month.monetary,
        after_month.frequency,
        after_month.recency_days,
        after_month.membership_probability
    from after_month
    inner join before_month
        on after_month.customer_number = before_month.customer_number
        and after_month.segment_id <> before_month.segment_id
    inner join directions
        on before_month.segment_id = directions.from_segment_id
        and after_month.segment_id = directions.to_segment_id
        and after_month.has_ordered = directions.has_ordered
    where (direction_of is null or directions.direction = direction_of)
        and (from_segment is null or before_month.segment_id = from_segment)
        and (to_segment is null or after_month.segment_id = to_segment)
        and (
            either_segment is null
            or before_month.segment_id = either_segment
            or after_month.segment_id = either_segment
        )
);

-- Grain: customer, with the measures of a day. They are those of a segment, or
-- else those who moved between two month ends; null narrows nothing.
create macro chosen_customers(
    day,
    segment := null,
    country_name := null,
    id_part := null,
    least_probability := 0,
    least_money := null,
    start_day := null,
    end_day := null,
    direction_of := null,
    from_segment := null,
    to_segment := null
) as table (
    with members as (
        select * from customer_months
        where snapshot_date = day
            and (country_name is null or country = country_name)
            and membership_probability >= least_probability
            and (least_money is null or monetary >= least_money)
            and (
                end_day is not null or segment is null or segment_id = segment
            )
    ),
    named as (
        select customer_number from customer_keys
        where contains(lower(customer_id), lower(id_part))
    ),
    moved as (
        select customer_number from moved_customers(
            start_day, end_day, direction_of, from_segment, to_segment, segment
        )
    )
    select * from members
    where (id_part is null or customer_number in (from named))
        and (end_day is null or customer_number in (from moved))
);
