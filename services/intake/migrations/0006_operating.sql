-- What operators need: how kept input came, so that today's code can read it again, and the way from an id to its bytes.
alter table raw_input add column origin jsonb;  -- a hook and what it signed, or a mail's envelope; null: cannot be read again
create index inbox_raw on inbox (raw_id, tenant_id);
create index inbox_message on inbox (message_id, tenant_id);
create index refusal_raw on refusal (raw_id, tenant_id);
-- Set when reading it again made what it held part of a case.
alter table refusal add column reprocessed_at timestamptz;
