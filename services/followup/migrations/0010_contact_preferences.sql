-- What customers told us about how to reach them.
create table contact_preference (
    tenant_id   text        not null,
    customer_id text        not null,
    preferred   text[]      not null,  -- channels, in the customer's order
    refused     text[]      not null,  -- channels without their consent
    time_zone   text        not null,  -- IANA, empty = the tenant's
    quiet_since text        not null,  -- "21:00", with quiet_until; both empty = the tenant's
    quiet_until text        not null,
    changed_by  text        not null,
    changed_at  timestamptz not null,
    primary key (tenant_id, customer_id)
);
select amends_protect('contact_preference');
