-- What every service's database has: tenant isolation, the journal with its relay cursor, consumer offsets,
-- parked records, timers and API keys.

-- Make `target` visible to the app role only as far as the transaction's tenants go, and to the system role for
-- reading. The setting is read without "missing ok": a statement outside Database.transaction fails instead of
-- seeing everything or nothing. The scalar sub-select makes PostgreSQL read the setting once per statement, not per row.
-- FORCE binds the owner too: no policy is for the owner, so the owner sees no rows at all.
create function amends_protect(target regclass) returns void language plpgsql as $$
declare
    visible constant text := 'tenant_id = any ((select current_setting(''amends.tenants'')::text[])::text[])';
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('create policy tenant_isolation on %s to amends_app using (%s) with check (%s)',
                   target, visible, visible);
    execute format('create policy platform_reads on %s for select to amends_system using (true)', target);
    execute format('grant select, insert, update, delete on %s to amends_app', target);
    execute format('grant select on %s to amends_system', target);
end $$;

-- For tables that belong to no tenant: both roles may do everything with the rows.
create function amends_share(target regclass) returns void language plpgsql as $$
begin
    execute format('grant select, insert, update, delete on %s to amends_app, amends_system', target);
end $$;

-- Every event this service ever said. Append-only: the relay publishes it, recounts and histories read it.
create table journal (
    position        bigint generated always as identity primary key,
    tenant_id       text        not null,
    topic           text        not null,
    key             text        not null,
    event_id        uuid        not null,
    type            text        not null,
    correlation_id  text        not null,
    causation_id    text,
    traceparent     text,
    occurred_at     timestamptz not null,
    recorded_at     timestamptz not null default now(),
    payload         bytea       not null,
    headers         jsonb  -- only where the record is not an event of ours: a dead letter kept as it was
);
-- Protobuf hardly compresses; trying costs more than the bytes.
alter table journal alter column payload set storage external;
create index journal_of_key on journal (tenant_id, key, position);
select amends_protect('journal');
revoke update, delete on journal from amends_app;

-- Positions start anew when a database is made anew. The epoch (microseconds) makes ce_sequence grow all the same,
-- so that consumers do not take the new events for old ones. Raise it after a restore to an earlier point.
create table journal_epoch (
    only_row boolean primary key default true check (only_row),
    epoch    bigint  not null
);
insert into journal_epoch (epoch) values ((extract(epoch from clock_timestamp()) * 1000000)::bigint);
select amends_share('journal_epoch');

-- How far the relay of a source has published.
create table relay_cursor (
    source     text        primary key,
    position   bigint      not null,
    updated_at timestamptz not null default now()
) with (fillfactor = 50);
select amends_share('relay_cursor');

-- Where each consumer group reads on, and the last ce_sequence it took from each partition: what a relay
-- published twice has a sequence not greater than that.
create table consumer_offset (
    group_name    text        not null,
    topic         text        not null,
    partition     integer     not null,
    next_offset   bigint      not null,
    last_sequence text        not null default '',
    updated_at    timestamptz not null default now(),
    primary key (group_name, topic, partition)
) with (fillfactor = 50);
select amends_share('consumer_offset');

-- Records in a dead-letter topic that wait for replay. While a key has one here, its later records are parked too.
create table parked_record (
    group_name text        not null,
    topic      text        not null,
    partition  integer     not null,
    "offset"   bigint      not null,
    key        bytea,      -- null: the record had no key, so nothing follows it
    rule       text        not null,
    parked_at  timestamptz not null default now(),
    primary key (group_name, topic, partition, "offset")
);
select amends_share('parked_record');

-- What is to happen later. `shard` (a hash of tenant and key) is locked before timers are claimed, so that two
-- replicas never hold timers of one key at the same time.
create table timer (
    tenant_id text        not null,
    timer_id  uuid        not null,
    due_at    timestamptz not null,
    shard     smallint    not null,
    key       text        not null,
    kind      text        not null,
    data      text        not null,
    primary key (tenant_id, timer_id)
);
create index timer_due on timer (due_at, shard);
select amends_protect('timer');

-- Timers whose handler failed for good: kept with the reason until a person decides.
create table timer_failed (
    tenant_id text        not null,
    timer_id  uuid        not null,
    due_at    timestamptz not null,
    key       text        not null,
    kind      text        not null,
    data      text        not null,
    attempts  integer     not null,
    reason    text        not null,
    failed_at timestamptz not null,
    primary key (tenant_id, timer_id, failed_at)
);
select amends_protect('timer_failed');

-- API keys: only the hash of the secret; the key id is looked up across tenants, before the tenant is known.
create table api_key (
    key_id        text        primary key,
    tenant_id     text        not null,
    secret_sha256 bytea       not null check (length(secret_sha256) = 32),
    role          text        not null,
    employee_id   text,
    scopes        text[]      not null,
    expires_at    timestamptz,
    revoked_at    timestamptz,
    created_at    timestamptz not null default now()
);
create index api_key_of_tenant on api_key (tenant_id);
select amends_protect('api_key');
revoke delete on api_key from amends_app;
