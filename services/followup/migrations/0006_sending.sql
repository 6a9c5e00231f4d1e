-- Who claimed a message (services/followup/adapters/claimers.py), and whether it was handed over a second time without
-- anybody knowing what had become of the first.
alter table contact add column claimed_by integer;
alter table contact add column maybe_twice boolean not null default false;

-- Up to when an account has sent all that it may: in the past while there is something left (domain/pace.py), in the
-- future where the provider said how long to wait.
create table account_pace (
    tenant_id   text not null,
    via         text not null,
    account     text not null,
    spent_until timestamptz not null,
    primary key (tenant_id, via, account)
);
select amends_protect('account_pace');
