with confidence_calibration as (
    select * from confidence_calibration
)

select
    decile,
    customer_count,
    mean_probability,
    same_segment_share,
    same_segment_share_low,
    same_segment_share_high,
    refit_count
from confidence_calibration
order by decile
