-- Where one customer lies within a segment in the chosen country: the share of
-- its members with less, half of those with the same counted.
with person as (
    select * from customer_months
    where
        snapshot_date = $as_of
        and customer_number = (
            select customer_keys.customer_number from customer_keys
            where customer_keys.customer_id = $customer
        )
),

members as (
    select * from customer_months
    where
        snapshot_date = $as_of
        and ($country is null or country = $country)
        and segment_id = (select person.segment_id from person)
),

place as (
    select
        any_value(person.segment_id) as segment_id,
        count(*) as member_count,
        any_value(person.recency_days)::double as recency_days,
        median(members.recency_days)::double as recency_days_median,
        avg((members.recency_days < person.recency_days)::int)
        + avg((members.recency_days = person.recency_days)::int) / 2
            as recency_days_place,
        any_value(person.frequency)::double as frequency,
        median(members.frequency)::double as frequency_median,
        avg((members.frequency < person.frequency)::int)
        + avg((members.frequency = person.frequency)::int) / 2
            as frequency_place,
        any_value(person.monetary)::double as monetary,
        median(members.monetary::double) as monetary_median,
        avg((members.monetary < person.monetary)::int)
        + avg((members.monetary = person.monetary)::int) / 2 as monetary_place
    from members
    cross join person
),

person_place as (
    select
        segment_id,
        member_count,
        unnest(['recency_days', 'frequency', 'monetary']) as measure,
        unnest([recency_days, frequency, monetary]) as value,
        unnest([recency_days_median, frequency_median, monetary_median])
            as segment_median,
        unnest([recency_days_place, frequency_place, monetary_place]) as place
    from place
    where member_count > 0
)

select * from person_place
