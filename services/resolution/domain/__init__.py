"""The rules of resolution, pure: state, events, commands, decide and evolve. No clock, no ids, no I/O of its
own."""
