"""The state folder: declared tables, the warehouse, the catalogue over both, exports."""
