-- What each case's customer was asked and answered (domain/survey.py), as rows, so that figures can be counted.
create table survey (
    tenant_id    text        not null,
    case_id      text        not null,
    severity     text        not null,
    channel      text        not null,  -- that the complaint came by
    asked_at     timestamptz not null,
    answered_at  timestamptz,
    solved       text        not null,
    verdict      text        not null,
    recommend    smallint    not null,  -- 0 to 10, -1 when not said
    satisfaction smallint    not null,  -- 1 to 5, 0 when not said
    effort       smallint    not null,  -- 1 to 7, 0 when not said
    primary key (tenant_id, case_id)
);
create index survey_by_time on survey (tenant_id, asked_at);
select amends_protect('survey');
