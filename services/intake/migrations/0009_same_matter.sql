-- What a conversation's first word was about, by which a word on another channel may be found to belong to it.
alter table conversation
    add column topic text not null default '',
    add column named text not null default '';  -- references of orders, flights and bookings, parted by spaces
