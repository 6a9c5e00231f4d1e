"""Metrics has no tables of its own: its database holds what the chassis needs for API keys."""
