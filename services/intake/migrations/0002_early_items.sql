-- What belongs to a live session that nobody has announced yet, from providers that keep no order: a row per
-- id the session may become known by. Gone with the announcement, or refused after a day.
create table early_item (
    tenant_id     text        not null,
    message_id    uuid        not null,  -- of the item; the same in all its rows
    session_id    text        not null,
    kind          text        not null,  -- event, speech
    item          bytea       not null,  -- JSON of the record
    raw_id        uuid        not null,
    raw_sha256    bytea       not null,
    received_at   timestamptz not null,
    normalised_at timestamptz not null,
    traceparent   text,
    primary key (tenant_id, message_id, session_id)
);
create index early_item_session on early_item (session_id, tenant_id);
create index early_item_age on early_item (received_at, tenant_id);
select amends_protect('early_item');
