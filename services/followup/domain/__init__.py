"""Pure follow-up: facts go in, in any order; clocks, promises and feedback are derived from them.

A case is a set of facts (`record`). What it owes is computed from all of them each time (`clocks`,
`promises`, `feedback`), and the events are the difference between the picture before and after (`advance`).
So neither the order between topics nor a redelivery changes the outcome; only what a deadline has decided (a
breach, a warning, a broken promise) is written down as a fact of its own and stays.
"""
