"""Use cases of metrics: follow cases, keep windows, answer for them, close them, recount them."""
