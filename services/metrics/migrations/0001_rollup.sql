-- The figures per hour for BI tools (docs/figures.md), written again whole whenever a case of the hour changes.
create table figures_hourly (
    tenant_id         text        not null,
    hour              timestamptz not null,  -- its beginning, by the t0 of the complaints
    channel           text        not null,
    severity          text        not null,
    team              text        not null,  -- '' where the first owner had none
    playbook          text        not null,
    complaints        bigint      not null,
    answered          bigint      not null,
    within_60s        bigint      not null,
    unknown           bigint      not null,
    headline_p50_s    float8      not null,
    headline_p95_s    float8      not null,
    headline_p99_s    float8      not null,
    recovery_offered  bigint      not null,  -- cases with a known time to it
    recovery_p50_s    float8      not null,
    recovery_p95_s    float8      not null,
    open              bigint      not null,
    closed_confirmed  bigint      not null,
    reopened          bigint      not null,
    clocks_met        bigint      not null,
    clocks_breached   bigint      not null,
    promises_kept     bigint      not null,
    promises_broken   bigint      not null,
    hand_offs         bigint      not null,
    hand_offs_refused bigint      not null,
    grants            bigint      not null,
    replies_stopped   bigint      not null,
    champions         bigint      not null,
    defections        bigint      not null,
    more              jsonb       not null,  -- the counts by name
    final             boolean     not null,
    as_of             timestamptz not null,  -- complete up to then
    primary key (tenant_id, hour, channel, severity, team, playbook)
);
select amends_protect('figures_hourly');

-- What the last recount of each tenant found.
create table recount_result (
    tenant_id text        primary key,
    at        timestamptz not null,
    figures   bigint      not null,
    differing bigint      not null,
    refused   bigint      not null
);
select amends_protect('recount_result');
