"""Intake: takes complaints in on every channel and makes them one shape, one customer, one case.

Owns: channel accounts and their secrets, the raw input, the customer behind many parties, and which case a
word belongs to. Events in: from resolution, cases that follow or part from another.
Events out: `amends.intake.events.v1` (complaints, customer messages,
queries, customers merged and split, interactions, transcript segments, refusals) and
`amends.intake.receipts.v1`.
Calls served: SMTP, LMTP, signed webhooks, REST, gRPC `IntakeService`.
"""
