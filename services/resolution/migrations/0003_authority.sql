-- What an employee has given away on a day (UTC), by unit. The limit is checked by the statement that adds to it, so
-- that grants at the same time on different cases cannot overdraw it.
create table authority_spent (
    tenant_id   text   not null,
    employee_id text   not null,
    day         date   not null,
    unit        text   not null,
    spent       bigint not null check (spent >= 0),
    primary key (tenant_id, employee_id, day, unit)
) with (fillfactor = 50);
select amends_protect('authority_spent');

-- What a command with an idempotency key was answered; the same key again gets this, a different request is refused.
create table command_key (
    tenant_id       text        not null,
    employee_id     text        not null,
    idempotency_key text        not null,
    command         text        not null,
    digest          bytea       not null,
    answer          json        not null,
    answered_at     timestamptz not null default now(),
    primary key (tenant_id, employee_id, idempotency_key)
);
select amends_protect('command_key');
