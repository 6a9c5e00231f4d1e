-- Mailboxes collected by IMAP: who collects one, how far it is collected, and how it goes.
create table mailbox (
    tenant_id    text        not null,
    account      text        not null,
    holder       text        not null default '',  -- the replica that collects, until held_until
    held_until   timestamptz not null default '-infinity',
    folder       text        not null default '',
    uid_validity bigint      not null default 0,   -- uids count within one validity only; 0 = never opened
    last_uid     bigint      not null default 0,   -- every mail up to it is durable or refused on record
    begun_at     timestamptz,                      -- when its folder was first opened
    state        text        not null default 'new',
    detail       text        not null default '',
    state_since  timestamptz not null default now(),
    seen_at      timestamptz,                      -- when the server last answered
    primary key (tenant_id, account)
);
select amends_protect('mailbox');
