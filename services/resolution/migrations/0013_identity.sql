-- Who is who: customers that intake found to be one person.

-- `stays` is who `customer_id` is by now, in one step: nobody who stays is somebody else in turn.
create table customer_alias (
    tenant_id   text not null,
    customer_id text not null,
    stays       text not null,
    primary key (tenant_id, customer_id)
);
create index customer_alias_of on customer_alias (tenant_id, stays);
select amends_protect('customer_alias');
