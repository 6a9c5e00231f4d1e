-- Cases and the customer's words that can be evidence on them.

-- One row per case: the folded state, and the columns that lists are made of. The whole state is written at once by
-- whoever holds the row's lock, so that it is always what its events say.
create table case_state (
    tenant_id text        not null,
    case_id   uuid        not null,
    version   bigint      not null,
    status    text        not null,
    owner_id  text        not null,
    opened_at timestamptz not null,
    state     json        not null,
    primary key (tenant_id, case_id)
) with (fillfactor = 70);
-- of one owner, newest first; without the status, so that most updates of a case touch no index
create index case_of_owner on case_state (owner_id, tenant_id, case_id desc);
select amends_protect('case_state');

-- Later words of the customer: a written message or a stretch of speech, by id and arrival. What was said stays with
-- intake; here it only has to be true that the customer said something, on this case, and when.
create table customer_word (
    tenant_id   text        not null,
    case_id     uuid        not null,
    message_id  text        not null,
    received_at timestamptz not null,
    primary key (tenant_id, case_id, message_id)
);
select amends_protect('customer_word');
