"""The statements of the group commit: each touches a whole batch, in the order of its keys."""

from __future__ import annotations

# Sorted keys everywhere: two replicas that write the same rows wait for each other and never deadlock.

# Claim provider events. A row that is already there, or that another replica is committing, comes back as
# nothing.
CLAIM_INBOX = """
insert into inbox (tenant_id, provider, account, event_id, fingerprint, raw_id, received_at, outcome,
    conversation_id, interaction_id, message_id)
select tenant_id, provider, account, event_id, fingerprint, raw_id, received_at, outcome,
    conversation_id, interaction_id, message_id
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::timestamptz[],
        $8::text[], $9::uuid[], $10::uuid[], $11::uuid[])
    as new (tenant_id, provider, account, event_id, fingerprint, raw_id, received_at, outcome,
        conversation_id, interaction_id, message_id)
order by tenant_id, provider, account, event_id
on conflict do nothing
returning tenant_id, provider, account, event_id
"""

# The first answers to provider events that were claimed before.
FIRST_ANSWERS = """
select inbox.tenant_id, inbox.provider, inbox.account, inbox.event_id, fingerprint, outcome, conversation_id,
interaction_id, message_id, received_at
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as asked (tenant_id, provider, account, event_id)
cross join lateral (
    select * from inbox as one
    where one.tenant_id = asked.tenant_id and one.provider = asked.provider
        and one.account = asked.account and one.event_id = asked.event_id
    limit 1) as inbox
"""

# Most answers are the one that was expected when the row was claimed; the others are written here, in the
# same transaction.
ANSWER_INBOX = """
update inbox
set outcome = new.outcome, conversation_id = new.conversation_id, interaction_id = new.interaction_id,
    message_id = new.message_id
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[])
    as new (tenant_id, provider, account, event_id, outcome, conversation_id, interaction_id, message_id)
where inbox.tenant_id = new.tenant_id and inbox.provider = new.provider and inbox.account = new.account
    and inbox.event_id = new.event_id
"""

# What led nowhere is not answered for good: once its call or case is known, a repeat is taken.
FORGET_INBOX = """
delete from inbox
using unnest($1::text[], $2::text[], $3::text[], $4::text[]) as gone (tenant_id, provider, account, event_id)
where inbox.tenant_id = gone.tenant_id and inbox.provider = gone.provider and inbox.account = gone.account
    and inbox.event_id = gone.event_id
"""

# Input that had no meaning to us is read again: what today's code makes of it counts as new. Two who do it at
# once wait for each other here, and the second then finds the first one's claim.
REOPEN_INBOX = """
delete from inbox
using unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])
    as again (tenant_id, provider, account, event_id, raw_id)
where inbox.tenant_id = again.tenant_id and inbox.provider = again.provider
    and inbox.account = again.account and inbox.event_id = again.event_id
    and inbox.raw_id = again.raw_id and inbox.outcome = 'unrecognised'
"""

# The first time stays the one on record.
SETTLE_REFUSALS = """
update refusal set reprocessed_at = $3
from unnest($1::text[], $2::uuid[]) as settled (tenant_id, reject_id)
where refusal.tenant_id = settled.tenant_id and refusal.reject_id = settled.reject_id
    and refusal.reprocessed_at is null
"""

KEEP_RAW = """
insert into raw_input (tenant_id, raw_id, sha256, media_type, size_bytes, body, received_at, origin)
select tenant_id, raw_id, sha256, media_type, size_bytes, body, received_at, origin::jsonb
from unnest($1::text[], $2::uuid[], $3::bytea[], $4::text[], $5::bigint[], $6::bytea[], $7::timestamptz[],
        $8::text[])
    as new (tenant_id, raw_id, sha256, media_type, size_bytes, body, received_at, origin)
"""

KEEP_ATTACHMENTS = """
insert into attachment (tenant_id, sha256, media_type, size_bytes, body, sniffed_type)
select tenant_id, sha256, media_type, size_bytes, body, sniffed_type
from unnest($1::text[], $2::bytea[], $3::text[], $4::bigint[], $5::bytea[], $6::text[])
    as new (tenant_id, sha256, media_type, size_bytes, body, sniffed_type)
order by tenant_id, sha256
on conflict do nothing
"""

# ------------------------------------------------------------------------------------------ identity

# One look-up per party by the whole key, which `limit 1` keeps the planner to: for a table it knows nothing
# of yet, it would rather read all rows of the tenant for every batch.
KNOWN_PARTIES = """
select party.tenant_id, party.kind, party.value, party.customer_id, customer.first_name, customer.full_name
from unnest($1::text[], $2::text[], $3::text[]) as asked (tenant_id, kind, value)
cross join lateral (
    select * from customer_party as one
    where one.tenant_id = asked.tenant_id and one.kind = asked.kind and one.value = asked.value
    limit 1) as party
cross join lateral (
    select * from customer as one
    where one.tenant_id = party.tenant_id and one.customer_id = party.customer_id
    limit 1) as customer
"""

# Claim parties nobody knew; a party that another replica claimed first comes back as nothing.
CLAIM_PARTIES = """
insert into customer_party (tenant_id, kind, value, customer_id, display_name, because, first_seen_at)
select tenant_id, kind, value, customer_id, display_name, because, first_seen_at
from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[])
    as new (tenant_id, kind, value, customer_id, display_name, because, first_seen_at)
order by tenant_id, kind, value
on conflict do nothing
returning tenant_id, kind, value
"""

ADD_CUSTOMERS = """
insert into customer (tenant_id, customer_id, first_name, full_name, created_at)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
"""

NAME_CUSTOMERS = """
update customer set first_name = new.first_name, full_name = new.full_name
from unnest($1::text[], $2::uuid[], $3::text[], $4::text[])
    as new (tenant_id, customer_id, first_name, full_name)
where customer.tenant_id = new.tenant_id and customer.customer_id = new.customer_id
"""

MERGE_ONE_AT_A_TIME = """
select pg_advisory_xact_lock(hashtextextended('merging customers of ' || tenant_id, 0))
from unnest($1::text[]) as t(tenant_id)
"""
# One customer becomes another, with the parties that had led to it as evidence.
MERGE_EVIDENCE = """
insert into customer_merge (tenant_id, gone, stays, parties, merged_at)
select $1, $2, $3, coalesce(array_agg(kind || ':' || value order by kind, value), '{}'), $4
from customer_party where tenant_id = $1 and customer_id = $2
on conflict do nothing
returning true
"""
MERGE_PARTIES = "update customer_party set customer_id = $3 where tenant_id = $1 and customer_id = $2"
MERGE_CONVERSATIONS = "update conversation set customer_id = $3 where tenant_id = $1 and customer_id = $2"
MERGE_CUSTOMER = "update customer set merged_into = $3 where tenant_id = $1 and customer_id = $2"
# From whom one was parted, both are now.
MERGE_APART = """
insert into customer_apart (tenant_id, customer_id, other)
select $1, $3, other from customer_apart where tenant_id = $1 and customer_id = $2 and other <> $3
union
select $1, customer_id, $3 from customer_apart where tenant_id = $1 and other = $2 and customer_id <> $3
on conflict do nothing
"""
KNOWN_APART = """
select customer_id, other from customer_apart
where tenant_id = any($1) and customer_id = any($2) and other = any($2)
"""
# Mail handles carry the customer in their scope; one that both have stays with the survivor's conversation.
MERGE_THREADS = """
update thread_key as old set scope = $3
where old.tenant_id = $1 and old.scope = $2 and not exists (
    select from thread_key as kept where kept.tenant_id = $1 and kept.scope = $3 and kept.key = old.key)
"""

# ------------------------------------------------------------------------------------------ threads

# Claim thread keys, or learn who holds them: one statement, so that two replicas converge on one
# conversation.
CLAIM_KEYS = """
insert into thread_key as held (tenant_id, scope, key, conversation_id, interaction_id, touched_at, window_s)
select tenant_id, scope, key, conversation_id, interaction_id, touched_at, window_s
from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::integer[])
    as new (tenant_id, scope, key, conversation_id, interaction_id, touched_at, window_s)
order by tenant_id, scope, key
on conflict (tenant_id, scope, key) do update
set conversation_id = case when held.window_s > 0
            and held.touched_at + held.window_s * interval '1 second' < excluded.touched_at
        then excluded.conversation_id else held.conversation_id end,
    interaction_id = case when held.window_s > 0
            and held.touched_at + held.window_s * interval '1 second' < excluded.touched_at
        then excluded.interaction_id else held.interaction_id end,
    touched_at = greatest(held.touched_at, excluded.touched_at)
returning tenant_id, scope, key, conversation_id, interaction_id
"""

KNOWN_KEYS = """
select found.tenant_id, found.scope, found.key, conversation_id, interaction_id
from unnest($1::text[], $2::text[], $3::text[]) as asked (tenant_id, scope, key)
cross join lateral (
    select * from thread_key as one
    where one.tenant_id = asked.tenant_id and one.scope = asked.scope and one.key = asked.key
    limit 1) as found
"""

# Keys claimed by this transaction that lead elsewhere after all.
MOVE_KEYS = """
update thread_key set conversation_id = new.conversation_id, interaction_id = new.interaction_id
from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::uuid[])
    as new (tenant_id, scope, key, conversation_id, interaction_id)
where thread_key.tenant_id = new.tenant_id and thread_key.scope = new.scope and thread_key.key = new.key
"""

# Further ids of a live session.
ADD_KEYS = """
insert into thread_key (tenant_id, scope, key, conversation_id, interaction_id, touched_at)
select tenant_id, scope, key, conversation_id, interaction_id, $6
from unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::uuid[])
    as new (tenant_id, scope, key, conversation_id, interaction_id)
order by tenant_id, scope, key
on conflict do nothing
"""

KNOWN_CONVERSATIONS = """
select found.tenant_id, found.conversation_id, customer_id, channel, is_case, tag
from unnest($1::text[], $2::uuid[]) as asked (tenant_id, conversation_id)
cross join lateral (
    select * from conversation as one
    where one.tenant_id = asked.tenant_id and one.conversation_id = asked.conversation_id
    limit 1) as found
"""

# Queries that a batch writes to: an employee may be turning one into a case, or another replica.
HOLD_QUERIES = """
select held.tenant_id, held.conversation_id
from unnest($1::text[], $2::uuid[]) as asked (tenant_id, conversation_id)
join conversation as held using (tenant_id, conversation_id)
where not held.is_case
order by held.tenant_id, held.conversation_id
for update of held
"""

TAGGED_CONVERSATIONS = """
select tenant_id, conversation_id, customer_id, channel, is_case, tag
from unnest($1::text[], $2::text[]) as asked (tenant_id, tag)
join conversation using (tenant_id, tag)
"""

BEGIN_CONVERSATIONS = """
insert into conversation (tenant_id, conversation_id, customer_id, channel, is_case, tag, opened_at, topic,
    named)
select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[], $6::text[],
$7::timestamptz[], $8::text[], $9::text[])
"""

# What customers began lately: a word by another way may belong to it.
RECENT_CASES = """
select tenant_id, customer_id, conversation_id, channel, opened_at, topic, named
from unnest($1::text[], $2::uuid[]) as asked (tenant_id, customer_id)
join conversation using (tenant_id, customer_id)
where is_case and opened_at >= $3
order by conversation_id desc limit 1000
"""

# A query whose next word is a person's complaint.
CONVERT_QUERIES = """
update conversation set is_case = true
from unnest($1::text[], $2::uuid[]) as new (tenant_id, conversation_id)
where conversation.tenant_id = new.tenant_id and conversation.conversation_id = new.conversation_id
"""

KEEP_REFUSALS = """
insert into refusal (tenant_id, reject_id, channel, provider, account, code, detail, raw_id, received_at)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
$8::uuid[], $9::timestamptz[])
"""

# ------------------------------------------------------------------------------------------ questions

CASE_PARTS = """
select origins, brought from conversation where tenant_id = $1 and conversation_id = $2 and is_case
"""

CUSTOMER_BY_PARTY = """
select customer_id, first_name, full_name
from customer_party join customer using (tenant_id, customer_id)
where tenant_id = $1 and kind = $2 and value = $3
"""

# UUIDv7 sorts by time, so the newest case has the greatest id.
CASES_OF_CUSTOMER = """
select conversation_id from conversation
where tenant_id = $1 and customer_id = $2 and is_case
order by conversation_id desc limit 500
"""

REFUSALS = """
select reject_id, channel, provider, account, code, detail, refusal.received_at, size_bytes, reprocessed_at
from refusal join raw_input using (tenant_id, raw_id)
where tenant_id = $1 and ($2::uuid is null or reject_id < $2)
order by reject_id desc limit $3
"""

# Kept input by its own id, by that of a refusal, or by that of a message made of it.
KEPT_INPUT = """
select raw_id, media_type, size_bytes, body, received_at, origin
from raw_input
where tenant_id = $1 and raw_id = coalesce(
    (select raw_id from refusal where tenant_id = $1 and reject_id = $2),
    (select raw_id from inbox where tenant_id = $1 and message_id = $2 limit 1),
    $2)
"""
MADE_OF_INPUT = """
select provider, account, event_id, outcome, conversation_id, message_id
from inbox where tenant_id = $1 and raw_id = $2 order by provider, account, event_id
"""
REFUSED_OF_INPUT = """
select reject_id, channel, provider, account, code, detail, refusal.received_at, size_bytes, reprocessed_at
from refusal join raw_input using (tenant_id, raw_id)
where tenant_id = $1 and raw_id = $2 order by reject_id
"""
