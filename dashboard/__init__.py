"""The dashboard: Streamlit, DuckDB and Altair over one export, without Spark."""
