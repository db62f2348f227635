with customer_months as (
    select * from customer_months
    where
        snapshot_date <= $as_of
        and customer_number = (
            select customer_keys.customer_number from customer_keys
            where customer_keys.customer_id = $customer
        )
)

select
    customer_months.snapshot_date,
    customer_months.segment_id,
    segment_profiles.persona,
    customer_months.membership_probability,
    customer_months.recency_days,
    customer_months.frequency,
    customer_months.monetary
from customer_months
left join segment_profiles
    on customer_months.segment_id = segment_profiles.segment_id
order by customer_months.snapshot_date
