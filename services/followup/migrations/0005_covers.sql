-- Who keeps whose promises while they are away: resolution decides it, the digest of an employee asks.
create table cover (
    tenant_id   text        not null,
    employee_id text        not null,
    cover_id    text        not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null,
    primary key (tenant_id, employee_id)
);
create index cover_of on cover (cover_id, tenant_id);
select amends_protect('cover');
