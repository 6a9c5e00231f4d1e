-- How much of a message that goes out in several parts has gone: the next attempt begins behind them.
alter table contact add column parts_out integer not null default 0;
