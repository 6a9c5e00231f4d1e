-- A tenant's own policies and calendars, as they were written. A version is never changed and never deleted.
create table rule_text (
    tenant_id text        not null,
    kind      text        not null check (kind in ('policy', 'calendar')),
    rule_id   text        not null,
    version   integer     not null check (version > 0),
    text      text        not null,
    author_id text        not null,
    kept_at   timestamptz not null,
    primary key (tenant_id, kind, rule_id, version)
);
select amends_protect('rule_text');
revoke update, delete on rule_text from amends_app;

-- What new cases of a tenant follow, choice after choice; the last one counts. Without one the settings do.
create table policy_choice (
    tenant_id      text        not null,
    number         integer     not null check (number > 0),
    service_policy text        not null,
    rulings        json        not null,
    versions       json        not null,
    chosen_by      text        not null,
    reason         text        not null,
    chosen_at      timestamptz not null,
    primary key (tenant_id, number)
);
select amends_protect('policy_choice');
revoke update, delete on policy_choice from amends_app;
