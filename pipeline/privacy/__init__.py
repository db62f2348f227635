"""Customers forgotten, and pseudonyms in their place."""
