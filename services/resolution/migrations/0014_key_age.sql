-- Idempotency keys by age, to forget the old ones. Rows come in the order of their time, so a few bytes per range of
-- pages are enough, and a command pays nothing for them.
create index command_key_by_age on command_key using brin (answered_at) with (autosummarize = on);
