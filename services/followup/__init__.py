"""Follow-up: what we owe the customer, by when, and whether it arrived.

Owns the clocks, the service's and the regulators', the promises (an open case always has exactly one next),
the circle-backs after resolved, and every message that goes out. Events in: `amends.intake.events.v1`
(complaints, customer messages, live speech), `amends.intake.receipts.v1` (what providers say became of a
message), `amends.resolution.events.v1` (owners, replies, the life of the case). Events out:
`amends.followup.events.v1` (ClockStarted/Paused/Resumed/Warned/Met/Breached/PolicyApplied,
PromiseMade/Kept/Broken/Superseded, ContactSent/Delivered/Failed, CircleBackDue, FeedbackReceived, RuleKept,
PoliciesChosen). Calls served: `amends.followup.v1.FollowupService`.
"""
