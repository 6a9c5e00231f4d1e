-- Accounts that many cases share, beside the employee's day. As there, the limit is checked by the statement that adds.

-- What a customer has been given in the last 90 days, by unit: one row, so that one lock covers the whole window.
-- An entry per grant; what is given back is an entry less than nothing with the day of its grant. Entries that have
-- left the window go with the next one.
create table customer_given (
    tenant_id   text     not null,
    customer_id text     not null,
    unit        text     not null,
    days        date[]   not null,
    amounts     bigint[] not null,
    primary key (tenant_id, customer_id, unit)
) with (fillfactor = 50);
select amends_protect('customer_given');

-- How many of a remedy have been given; the catalogue says how many there are.
create table stock_taken (
    tenant_id text   not null,
    remedy_id text   not null,
    taken     bigint not null check (taken >= 0),
    primary key (tenant_id, remedy_id)
) with (fillfactor = 50);
select amends_protect('stock_taken');
