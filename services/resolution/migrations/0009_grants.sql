-- Grants as rows: for sums by customer and by employee's day, and for the system that fulfils them.

-- Written with its case, which stays the truth; state is that of its fulfilment, or 'revoked'.
create table remedy_grant (
    tenant_id   text   not null,
    grant_id    uuid   not null,
    case_id     uuid   not null,
    customer_id text   not null,
    employee_id text   not null,
    day         date   not null,
    state       text   not null,
    cost_unit   text   not null,
    cost        bigint not null,
    value_unit  text   not null,
    value       bigint not null,
    primary key (tenant_id, grant_id)
) with (fillfactor = 70);
create index remedy_grant_of_case on remedy_grant (tenant_id, case_id);
create index remedy_grant_of_customer on remedy_grant (tenant_id, customer_id);
create index remedy_grant_of_day on remedy_grant (tenant_id, employee_id, day);
select amends_protect('remedy_grant');

-- Webhooks that wait to go out, each until it is taken or its time is over. due_at is also the lease of whoever is
-- sending it: a sender that dies lets it run out, and another one sends the same id again.
create table fulfilment_order (
    tenant_id  text        not null,
    webhook_id text        not null,
    case_id    uuid        not null,
    body       text        not null,
    attempts   integer     not null default 0,
    due_at     timestamptz not null,
    until      timestamptz not null,
    primary key (tenant_id, webhook_id)
) with (fillfactor = 70);
create index fulfilment_order_due on fulfilment_order (due_at);
select amends_protect('fulfilment_order');
