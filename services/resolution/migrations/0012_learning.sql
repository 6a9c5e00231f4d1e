-- What is learnt across cases: the failures of one customer, and the causes a tenant tells apart.

-- Whose case it is, to find the customer's other cases; '' is a customer nobody has identified. It never changes while
-- the state does, so most updates still touch no index.
alter table case_state add column customer_id text not null default '';
update case_state set customer_id = coalesce(state->>'customer_id', '');
create index case_of_customer on case_state (customer_id, tenant_id, opened_at) where customer_id <> '';

-- A tenant's own causes; a tenant without any has those that ship.
create table cause (
    tenant_id text not null,
    code      text not null,
    title     text not null,
    primary key (tenant_id, code)
);
select amends_protect('cause');
