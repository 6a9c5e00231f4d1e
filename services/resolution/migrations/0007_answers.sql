-- An idempotency key now keeps the answer as the caller got it, whatever the command. It is claimed first, so that the
-- same request at the same time waits for the answer. `holder` is an employee, or "key:<id>" for a machine's API key.
-- Answers of before are given up: a grant is still paid once, since the case itself remembers its key.
truncate command_key;
alter table command_key rename column employee_id to holder;
alter table command_key drop column answer;
alter table command_key add column answer bytea;  -- null only until the claiming transaction ends
