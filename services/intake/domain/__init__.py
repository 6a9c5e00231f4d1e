"""The pure part of intake: records in, decisions out; time and ids come in as arguments."""
