"""Values for every parameter of the dashboard's queries, taken from an export itself."""

from datetime import timedelta

from duckdb import DuckDBPyConnection

from dashboard.exports import Export


def values(export: Export, con: DuckDBPyConnection, **changes):
    con = con.cursor()
    con.execute("use store")
    persona = con.execute("from segment_profiles select persona order by segment_id").fetchone()[0]
    customer = con.execute("select min(customer_id) from customer_segments").fetchone()[0]
    ends = con.execute("select snapshot_date from snapshots where is_month_end order by 1 desc")
    dates = [row[0] for row in ends.fetchall()] or [export.as_of_date]
    params = {
        **export.stand_out,
        "as_of": export.as_of_date,
        "country": None,
        "segment": None,
        "segment_id": None,
        "persona": persona,
        "customer": customer,
        "to_date": dates[0],
        "from_date": dates[1] if len(dates) > 1 else dates[0] - timedelta(days=30),
        "from_segment_id": None,
        "to_segment_id": None,
        "move": None,
        "moved_from": None,
        "moved_to": None,
        "control": None,
        "product": "85001",
        "alternatives": None,
        "line_class": "duplicate",
        "search": None,
        "least_sure": 0.0,
        "least_spent": None,
        "sort": "monetary",
        "direction": 1,
        "limit": 50,
        "offset": 0,
        "active_days": 90,
        "day": export.as_of_date,
        "side_segment_id": None,
        "this_from": None,
        "this_to": None,
        "before_from": None,
        "before_to": None,
        "rank": "revenue",
    }
    return {**params, **changes}
