"""Spark and Sail: sessions, the warm server, dbt on them."""
