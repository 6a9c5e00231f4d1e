-- Whom an open case concerns beside its owner (helpers, the receiver of an offered hand-off, the first contact), so that
-- an employee's cases are found without reading the others. Written only when it changes, which is seldom.
create table case_involvement (
    tenant_id   text not null,
    employee_id text not null,
    case_id     uuid not null,
    primary key (tenant_id, employee_id, case_id)
);
select amends_protect('case_involvement');

-- The cases that are there; their owner's row filter is lifted for this statement alone, as it would hide them.
alter table case_state no force row level security;
alter table case_involvement no force row level security;
insert into case_involvement (tenant_id, employee_id, case_id)
select s.tenant_id, who.employee_id, s.case_id
from case_state s
cross join lateral (
    select helper ->> 'employee_id' as employee_id from json_array_elements(s.state -> 'helpers') as helper
    union select s.state -> 'hand_off' -> 'receiver' ->> 'employee_id'
    union select s.state -> 'first_contact' ->> 'employee_id'
) as who
where s.status <> 'closed' and who.employee_id <> s.owner_id and who.employee_id <> '';
alter table case_state force row level security;
alter table case_involvement force row level security;
