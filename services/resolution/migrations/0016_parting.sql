-- Merges of customers that were taken back.

create table customer_parted (
    tenant_id text        not null,
    restored  text        not null,
    split_at  timestamptz not null,
    survivor  text        not null,
    primary key (tenant_id, restored, split_at)
);
select amends_protect('customer_parted');

-- Cases that went back to a customer before we heard of them.
create table case_awaited (
    tenant_id   text not null,
    case_id     uuid not null,
    customer_id text not null,
    primary key (tenant_id, case_id)
);
select amends_protect('case_awaited');
