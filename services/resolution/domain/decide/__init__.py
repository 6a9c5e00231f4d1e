"""decide(state, command, now) -> events, one module per theme. A function returns the facts that follow,
raises a Refusal, or does both when an attempt must be kept on record (`Refusal.events`)."""
