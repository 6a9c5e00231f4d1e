-- Queries are listed, newest first; there are few beside the cases.
create index conversation_query on conversation (tenant_id, conversation_id) where not is_case;
