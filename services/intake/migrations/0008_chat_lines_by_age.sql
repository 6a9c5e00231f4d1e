-- Lines to visitors are forgotten when no session can read them any more.
create index chat_line_age on chat_line (written_at, tenant_id);
