-- Tenths of the customers at the latest cut-off, by what the outlook expected.
with outlook_calibration as (
    select * from outlook_calibration
    where
        method = 'outlook'
        and cutoff_date = (
            select max(every.cutoff_date) from outlook_calibration as every
        )
)

select
    cutoff_date,
    horizon_days,
    measure,
    decile,
    customer_count,
    expected,
    actual,
    actual_low,
    actual_high
from outlook_calibration
order by measure, decile
