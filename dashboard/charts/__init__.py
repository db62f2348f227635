"""Chart functions: a frame and a look in, an ``alt.Chart`` out; no data access, no layout."""
