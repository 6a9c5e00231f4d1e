-- Merges that were taken back, and who is not the same person.

-- `parties` are "kind:value", as in customer_merge.
create table customer_split (
    tenant_id text        not null,
    restored  uuid        not null,
    survivor  uuid        not null,
    parties   text[]      not null,
    cases     uuid[]      not null,
    reason    text        not null,
    split_by  text        not null,
    split_at  timestamptz not null,
    primary key (tenant_id, restored, split_at)
);
select amends_protect('customer_split');

-- Pairs of customers that no evidence makes one; each pair in both directions.
create table customer_apart (
    tenant_id   text not null,
    customer_id uuid not null,
    other       uuid not null,
    primary key (tenant_id, customer_id, other)
);
select amends_protect('customer_apart');

-- Who was merged into a customer; few ever are.
create index customer_merged_into on customer (merged_into, tenant_id) where merged_into is not null;
