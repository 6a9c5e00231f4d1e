"""Answered idempotency keys are forgotten once they are old: nobody sends a request again after so long.

A grant is paid once all the same, for its case remembers the key.
"""

from __future__ import annotations

from services.chassis.forgetting import Old

OLD_KEYS = Old(
    whose="""
-- whose keys are old; across tenants
select distinct tenant_id from (select tenant_id from command_key where answered_at < $1 limit $2) as old""",
    forget="""
-- some old keys; those that somebody is just asking for are left to the next time
delete from command_key where ctid = any (array(
    select ctid from command_key where answered_at < $1 limit $2 for update skip locked))
returning true""",
)
