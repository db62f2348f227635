"""Great Expectations gates: distributions, volumes, boundaries and drift, outside dbt's tests."""
