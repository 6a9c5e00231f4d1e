-- What was said to a visitor of a web chat. A row stays after it was read: a browser that comes back reads on.
create table chat_line (
    tenant_id  text        not null,
    line_id    uuid        not null,  -- of the message in follow-up: handed over twice it is one line
    position   bigint      generated always as identity,
    account    text        not null,
    visitor    text        not null,
    author     text        not null,  -- whom it comes from, empty for what is automatic
    text       text        not null,
    written_at timestamptz not null,
    primary key (tenant_id, line_id)
);
create index chat_line_visitor on chat_line (tenant_id, account, visitor, position);
select amends_protect('chat_line');
