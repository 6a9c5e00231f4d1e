-- Who did what an event tells, for whom and why: further CloudEvents attributes (actor, onbehalfof, reason) by name.
-- Null where no person's command said the event.
alter table journal add column extensions jsonb;
