"""Resolution: one owner for every complaint, from its first second to the customer's own "it is solved".

Owns: the case and its life, who owns it, the hand-off, what may be granted, the reply check, the playbook's
steps. Events in: amends.intake.events.v1 (complaints, customers' words, who is on the call) and
amends.followup.events.v1 (delivered introductions, the customer's answer to "is it solved?"). Events out:
amends.resolution.events.v1, keyed by case id. Calls served: amends.resolution.v1.ResolutionService.
"""
