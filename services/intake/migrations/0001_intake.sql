-- What intake owns. Every table is tenant-isolated (amends_protect); the tenant leads every key.

-- An address, number or page of ours, and the tenant it belongs to.
create table channel_account (
    tenant_id  text        not null,
    provider   text        not null,  -- mail, twilio, whatsapp, ...
    account    text        not null,  -- address, E.164 number, phone number id, page id
    channel    text        not null,
    settings   jsonb       not null default '{}',
    created_at timestamptz not null default now(),
    primary key (tenant_id, provider, account)
);
-- Mail names no tenant in its envelope: an address of ours leads to exactly one.
create unique index channel_account_mail on channel_account (account) where provider = 'mail';
select amends_protect('channel_account');

-- What a provider signs with. HMAC needs the secret itself, so no hash will do; at most two of a kind are active.
create table channel_secret (
    tenant_id  text        not null,
    provider   text        not null,
    account    text        not null,
    kind       text        not null,  -- auth_token, shared_key, app_secret, verify_token
    key_id     text        not null default '',  -- which shared key, where the provider names it
    secret     text        not null,
    created_at timestamptz not null default now(),
    retired_at timestamptz,
    primary key (tenant_id, provider, account, kind, key_id, secret),
    foreign key (tenant_id, provider, account) references channel_account
);
select amends_protect('channel_secret');

-- Bytes as they came, accepted or refused.
create table raw_input (
    tenant_id   text        not null,
    raw_id      uuid        not null,
    sha256      bytea       not null,
    media_type  text        not null,
    size_bytes  bigint      not null,  -- of the whole, also when only its beginning was kept
    body        bytea       not null,
    received_at timestamptz not null,
    primary key (tenant_id, raw_id)
);
alter table raw_input alter column body set storage external;  -- spends no time on compressing
select amends_protect('raw_input');

-- One row per provider event: a repeat meets the key and gets the first answer again.
create table inbox (
    tenant_id       text        not null,
    provider        text        not null,
    account         text        not null,
    event_id        text        not null,
    fingerprint     bytea       not null,  -- of a caller's body; empty where the provider's id says it all
    raw_id          uuid        not null,
    received_at     timestamptz not null,
    outcome         text        not null,
    conversation_id uuid,
    interaction_id  uuid,
    message_id      uuid,
    primary key (tenant_id, provider, account, event_id)
);
select amends_protect('inbox');

create table customer (
    tenant_id   text        not null,
    customer_id uuid        not null,
    first_name  text        not null default '',
    full_name   text        not null default '',
    created_at  timestamptz not null,
    merged_into uuid,
    primary key (tenant_id, customer_id)
);
select amends_protect('customer');

-- Parties of a customer; a WhatsApp id is kept as the phone number it is.
create table customer_party (
    tenant_id     text        not null,
    kind          text        not null,
    value         text        not null,
    customer_id   uuid        not null,
    display_name  text        not null default '',
    because       text        not null,
    first_seen_at timestamptz not null,
    primary key (tenant_id, kind, value)
);
create index customer_party_customer on customer_party (customer_id, tenant_id);
select amends_protect('customer_party');

-- Evidence of every merge, so that it can be taken back.
create table customer_merge (
    tenant_id text        not null,
    gone      uuid        not null,
    stays     uuid        not null,
    parties   text[]      not null,  -- "kind:value" that had led to `gone`
    merged_at timestamptz not null,
    primary key (tenant_id, gone, stays)
);
select amends_protect('customer_merge');

-- A case, or a query that may become one; the id is the case id.
create table conversation (
    tenant_id       text        not null,
    conversation_id uuid        not null,
    customer_id     uuid        not null,
    channel         text        not null,
    is_case         boolean     not null,
    tag             text        not null,  -- the last twelve hex digits of the id, for subject tags
    opened_at       timestamptz not null,
    primary key (tenant_id, conversation_id)
);
create index conversation_customer on conversation (customer_id, tenant_id, conversation_id);
create index conversation_tag on conversation (tag, tenant_id);
select amends_protect('conversation');

-- Handles by which later input finds its conversation: call ids, Message-IDs, the open chat with a party.
create table thread_key (
    tenant_id       text        not null,
    scope           text        not null,
    key             text        not null,
    conversation_id uuid        not null,
    interaction_id  uuid        not null,
    touched_at      timestamptz not null,
    window_s        integer     not null default 0,  -- forgotten after so many seconds without a word; 0 = never
    primary key (tenant_id, scope, key)
);
select amends_protect('thread_key');

-- Files that came along; kept, never opened.
create table attachment (
    tenant_id  text   not null,
    sha256     bytea  not null,
    media_type text   not null,
    size_bytes bigint not null,
    body       bytea  not null,
    primary key (tenant_id, sha256)
);
alter table attachment alter column body set storage external;
select amends_protect('attachment');

-- What was refused, and why.
create table refusal (
    tenant_id   text        not null,
    reject_id   uuid        not null,
    channel     text        not null,
    provider    text        not null,
    account     text        not null,
    code        text        not null,
    detail      text        not null,
    raw_id      uuid        not null,
    received_at timestamptz not null,
    primary key (tenant_id, reject_id)
);
select amends_protect('refusal');
