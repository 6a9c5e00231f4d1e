-- Being away, and leaving the company.

-- Who keeps whose promises meanwhile: one cover at a time for each.
create table cover (
    tenant_id   text        not null,
    employee_id text        not null,
    cover_id    text        not null,
    starts_at   timestamptz not null,
    ends_at     timestamptz not null check (starts_at < ends_at),
    primary key (tenant_id, employee_id)
);
create index cover_by on cover (tenant_id, cover_id);
select amends_protect('cover');

-- Whoever left is nobody for assignment, and cannot act; the row stays until their cases have moved, and after.
alter table employee add column left_at timestamptz;

-- Cases whose owner is not the person the customer first dealt with: when that person leaves, the duty to circle back
-- is the owner's.
create table first_contact_elsewhere (
    tenant_id   text not null,
    case_id     uuid not null,
    employee_id text not null,
    primary key (tenant_id, case_id)
);
create index first_contact_elsewhere_of on first_contact_elsewhere (tenant_id, employee_id);
select amends_protect('first_contact_elsewhere');
