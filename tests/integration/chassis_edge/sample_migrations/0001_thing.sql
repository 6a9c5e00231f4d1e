-- A table of a tenant's, as a service would have.
create table thing (tenant_id text not null, thing_id uuid primary key);
select amends_protect('thing');
