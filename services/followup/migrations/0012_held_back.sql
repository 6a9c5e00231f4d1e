-- Until when a message waits for the end of its customer's quiet hours (domain/wishes.py); null where it was never held.
alter table contact add column held_until timestamptz;
