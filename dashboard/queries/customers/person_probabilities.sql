with customer_segments as (
    select segment_probabilities from customer_segments
    where customer_id = $customer and as_of_date = $as_of
),

segment_profiles as (
    select
        segment_id,
        persona
    from segment_profiles
),

person_probabilities as (
    select
        segment_profiles.segment_id,
        segment_profiles.persona,
        customer_segments.segment_probabilities[segment_profiles.segment_id]
            as probability
    from segment_profiles
    cross join customer_segments
)

select * from person_probabilities
order by segment_id
