-- All tenants' rows at once, which the owner does not see otherwise.
alter table follow_up no force row level security;
-- The response clocks of running cases as targets beside the others: the same seconds, under a name each.
update follow_up set state = (
    (state::jsonb #- '{terms,response_60s_s}' #- '{terms,first_response_s}' #- '{terms,next_response_s}')
    || jsonb_build_object('terms', ((state::jsonb -> 'terms')
        - 'response_60s_s' - 'first_response_s' - 'next_response_s')
        || jsonb_build_object('targets', jsonb_build_array(
            jsonb_build_object('clock', 'response_60s',
                'amount', jsonb_build_object('', state::jsonb -> 'terms' -> 'response_60s_s')),
            jsonb_build_object('clock', 'first_response',
                'amount', jsonb_build_object('', state::jsonb -> 'terms' -> 'first_response_s')),
            jsonb_build_object('clock', 'next_response',
                'amount', jsonb_build_object('', state::jsonb -> 'terms' -> 'next_response_s')))))
)::json
where state::jsonb -> 'terms' ? 'response_60s_s';
alter table follow_up force row level security;
