-- The calls that an Asterisk has told of, newest first: which of them ended while it was not connected is asked when
-- it is again. Of no cost to other channels.
create index inbox_asterisk_begun on inbox (tenant_id, account, received_at)
    where provider = 'asterisk' and event_id like '%:begun';
