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
    gate_order,
    suite,
    expectation,
    column_name
