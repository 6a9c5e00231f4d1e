"""What resolution does: short functions over ports, one per command and per kind of event."""
