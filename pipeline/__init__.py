"""The run: session, landing, the order of the stages, and the export."""
