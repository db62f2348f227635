with gate_results as (
    select * from gate_results
)
select
    gate,
    suite,
    description,
    column_name,
    expectation,
    severity,
    success,
    observed_value,
    unexpected_count,
    unexpected_values
from gate_results
order by
    success,
    array_position(['raw', 'clean', 'mart', 'segments'], gate),
    suite,
    expectation,
    column_name
