-- Hand-offs on offer by receiver, and refused attempts by who tried.

-- Whose answer a case waits for: when that employee goes absent, the offer ends.
create table offered_hand_off (
    tenant_id   text not null,
    case_id     uuid not null,
    receiver_id text not null,
    primary key (tenant_id, case_id)
);
create index offered_hand_off_to on offered_hand_off (tenant_id, receiver_id);
select amends_protect('offered_hand_off');

-- One row per HandOffRefused: nothing goes up, and who tries is counted.
create table ownership_refusal (
    tenant_id  text        not null,
    event_id   uuid        not null,
    tried_by   text        not null,
    rule       text        not null,
    case_id    uuid        not null,
    refused_at timestamptz not null,
    primary key (tenant_id, event_id)
);
create index ownership_refusal_by on ownership_refusal (tenant_id, tried_by, rule);
select amends_protect('ownership_refusal');
