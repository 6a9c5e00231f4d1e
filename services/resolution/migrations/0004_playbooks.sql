-- Playbooks by version. A case names its playbook's id and version; the text of that very version stays here.

-- Every version that ever shipped, kept when a release starts with it. Of no tenant: it is the same for all.
create table shipped_playbook (
    playbook_id text        not null,
    version     integer     not null check (version > 0),
    text        text        not null,
    kept_at     timestamptz not null default now(),
    primary key (playbook_id, version)
);
select amends_share('shipped_playbook');
revoke insert, update, delete on shipped_playbook from amends_app;
revoke update, delete on shipped_playbook from amends_system;

-- A tenant's own versions. Text and status change only until the version is reviewed.
create table playbook_version (
    tenant_id   text        not null,
    playbook_id text        not null,
    version     integer     not null check (version > 0),
    text        text        not null,
    status      text        not null check (status in ('drafted', 'approved', 'returned')),
    author_id   text        not null,
    drafted_at  timestamptz not null,
    reviewer_id text        not null check (reviewer_id <> author_id),
    reviewed_at timestamptz,
    note        text        not null,
    primary key (tenant_id, playbook_id, version),
    check ((status = 'drafted') = (reviewed_at is null))
);
select amends_protect('playbook_version');
revoke delete on playbook_version from amends_app;

-- What new cases of a tenant follow; a tenant without a row follows the default.
create table playbook_active (
    tenant_id    text        not null,
    playbook_id  text        not null,
    version      integer     not null,
    activated_by text        not null,
    activated_at timestamptz not null,
    primary key (tenant_id)
);
select amends_protect('playbook_active');
