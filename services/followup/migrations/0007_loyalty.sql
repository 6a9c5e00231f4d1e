-- What each case says about its customer's loyalty (domain/loyalty.py), as rows, so that those of one customer are found.
create table loyalty (
    tenant_id      text        not null,
    case_id        text        not null,
    customer_id    text        not null,  -- moves when customers are merged or split
    severity       text        not null,
    complained_at  timestamptz not null,
    channel        text        not null,  -- that the complaint came by
    confirmed_at   timestamptz,
    before         smallint    not null,  -- 0 to 10, -1 when not said
    recommend      smallint    not null,
    recommended_at timestamptz,
    primary key (tenant_id, case_id)
);
create index loyalty_of_customer on loyalty (customer_id, tenant_id);
create index loyalty_by_time on loyalty (tenant_id, confirmed_at);
select amends_protect('loyalty');

-- What customers did for us, as a CRM puts it on record; `reference` is its own name for it.
create table advocacy (
    tenant_id   text        not null,
    customer_id text        not null,
    deed        text        not null,
    reference   text        not null,
    at          timestamptz not null,
    recorded_by text        not null,
    primary key (tenant_id, customer_id, deed, reference)
);
select amends_protect('advocacy');

create table champion (
    tenant_id   text        not null,
    case_id     text        not null,
    customer_id text        not null,
    severity    text        not null,
    evidence    text        not null,
    at          timestamptz not null,  -- the end of the window
    primary key (tenant_id, case_id)
);
create index champion_of_customer on champion (customer_id, tenant_id);
select amends_protect('champion');
