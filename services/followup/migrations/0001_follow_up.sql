-- One row of facts per case; clocks and promises are derived from it (services/followup/domain).
create table follow_up (
    tenant_id  text not null,
    case_id    text not null,
    state      json not null,
    -- When its one timer is set for; null when nothing is owed.
    next_due   timestamptz,
    updated_at timestamptz not null default now(),
    primary key (tenant_id, case_id)
);
select amends_protect('follow_up');

-- The promises again, as rows, so that an employee can list what is due over all cases.
create table promise (
    tenant_id   text not null,
    promise_id  uuid not null,
    case_id     text not null,
    kind        text not null,
    employee_id text not null,
    due_at      timestamptz not null,
    state       text not null,
    settled_at  timestamptz,
    reason      text not null default '',
    primary key (tenant_id, promise_id)
);
create index promise_of_employee on promise (employee_id, tenant_id, due_at, promise_id);
create index promise_of_case on promise (case_id, tenant_id, due_at, promise_id);
select amends_protect('promise');

-- Every message that goes out: a durable queue first, then the record of what became of it.
create table contact (
    tenant_id           text not null,
    contact_id          uuid not null,
    position            bigint generated always as identity,
    case_id             text not null,
    kind                text not null,
    human               boolean not null,
    channel             text not null,
    via                 text not null,
    account             text not null,
    party_value         text not null,
    party_name          text not null,
    subject             text not null,
    body                text not null,
    in_reply_to         text not null,
    thread_key          text not null,
    author              text not null,
    queued_at           timestamptz not null,
    reply_id            text not null,
    reply_kind          text not null,
    promise_id          text not null,
    hand_off_id         text not null,
    traceparent         text not null,
    state               text not null default 'queued'
        check (state in ('queued', 'sending', 'sent', 'delivered', 'failed')),
    -- Queued: not to be sent before. Sending: until when the sender that claimed it is believed alive.
    not_before          timestamptz not null,
    attempt             integer not null default 0,
    uncertain           boolean not null default false,
    provider_message_id text not null default '',
    sent_at             timestamptz,
    delivered_at        timestamptz,
    failed_at           timestamptz,
    error_class         text not null default '',
    error               text not null default '',
    primary key (tenant_id, contact_id)
);
create index contact_waiting on contact (not_before) where state in ('queued', 'sending');
create index contact_waiting_of_case on contact (case_id, tenant_id, position)
    where human and state in ('queued', 'sending');
create index contact_of_case on contact (case_id, tenant_id, position);
create unique index contact_at_provider on contact (provider_message_id, via, tenant_id)
    where provider_message_id <> '';
select amends_protect('contact');

-- Receipts that came before the hand-over was recorded; whoever comes second finds the other.
create table early_receipt (
    tenant_id           text not null,
    via                 text not null,
    provider_message_id text not null,
    outcome             text not null,
    reason              text not null,
    at                  timestamptz not null,
    kept_at             timestamptz not null default now(),
    primary key (tenant_id, via, provider_message_id, outcome)
);
create index early_receipt_by_age on early_receipt (kept_at);
select amends_protect('early_receipt');
