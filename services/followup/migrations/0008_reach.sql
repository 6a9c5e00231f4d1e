-- What is known of the addresses customers are written to (services/followup/domain/reach.py). `account` is ours, where an
-- address means something to it alone.
create table reach (
    tenant_id    text not null,
    via          text not null,
    account      text not null,
    address      text not null,
    wrote_at     timestamptz,
    barred_at    timestamptz,
    error_class  text not null default '',
    reason       text not null default '',
    confirmed_at timestamptz,
    confirmed_by text not null default '',
    primary key (tenant_id, via, account, address)
);
select amends_protect('reach');
