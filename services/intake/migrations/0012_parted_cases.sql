-- Cases that resolution began: a part taken out of another, or what follows a closed one. Later words find them.
alter table conversation
    add column origins uuid[] not null default '{}',  -- the conversations they come from
    add column brought text[] not null default '{}';  -- the message ids of the customer's words that went along

-- Handles of a conversation are asked for when a part of it goes; a UUIDv7 is added at the end.
create index thread_key_conversation on thread_key (conversation_id, tenant_id);
