"""Policies and calendars: their files, their check, and what a tenant keeps and chooses of its own."""
