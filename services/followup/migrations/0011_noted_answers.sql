-- Whether an employee wrote the answer down after a call: counted apart.
alter table survey add column noted boolean not null default false;
