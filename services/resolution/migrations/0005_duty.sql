-- Who is on duty, what waits while nobody is employed, and whom customers trust.

-- Presence on lease: a console that is gone stops renewing, and its employee is absent when the lease ends.
alter table employee add column present_until timestamptz;

-- One row per tenant whose people have changed: since when nobody is on duty (null: somebody is), and how many cases
-- duty owners got since. Locked before presence changes, so that of two who leave at once the second sees the first.
create table duty (
    tenant_id    text primary key,
    nobody_since timestamptz,
    given        bigint not null default 0
);
select amends_protect('duty');

-- Complaints of a tenant without any employee, and what followed on them, as they came: they wait here, visibly, until
-- the first employee is registered, and hold up no other tenant's.
create table waiting_fact (
    position       bigint generated always as identity,
    tenant_id      text        not null,
    case_id        uuid        not null,
    since          timestamptz not null,
    topic          text        not null,
    partition      integer     not null,
    "offset"       bigint      not null,
    key            text        not null,
    event_id       text        not null,
    type           text        not null,
    time           timestamptz not null,
    correlation_id text        not null,
    causation_id   text,
    traceparent    text,
    sequence       text,
    payload        bytea       not null,
    primary key (tenant_id, case_id, position)
);
select amends_protect('waiting_fact');

-- Whom each customer trusts: the owner of their last case closed as confirmed. Gone when that case is reopened.
create table trusted_employee (
    tenant_id   text        not null,
    customer_id text        not null,
    employee_id text        not null,
    case_id     uuid        not null,
    closed_at   timestamptz not null,
    primary key (tenant_id, customer_id)
);
select amends_protect('trusted_employee');
