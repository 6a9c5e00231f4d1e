"""What intake does with its domain: commit in groups, answer questions."""
