-- Who can own a case, and how much each of them has to do.

create table employee (
    tenant_id    text    not null,
    employee_id  text    not null,
    display_name text    not null,
    rank         integer not null check (rank >= 0),
    team         text    not null,
    skills       text[]  not null,
    languages    text[]  not null,
    present      boolean not null,
    capacity     integer not null check (capacity >= 0),
    duty_owner   boolean not null,
    contact      text    not null,
    primary key (tenant_id, employee_id)
);
create index employee_present on employee (tenant_id) where present or duty_owner;
select amends_protect('employee');

-- Cases not yet closed per owner. Apart from employee, because every batch of complaints changes it.
create table employee_load (
    tenant_id   text   not null,
    employee_id text   not null,
    open_cases  bigint not null,
    primary key (tenant_id, employee_id)
) with (fillfactor = 50);
select amends_protect('employee_load');
