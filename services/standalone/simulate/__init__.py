"""Load to look at: simulated customers and employees, through the platform's public interfaces only.

`schedule` says beforehand who complains when; `crowd` are the people, made of the demonstration's; `site`
finds the platform or brings one up; `drive` lets it happen and watches; `tally` counts in bounded memory;
`report` and `page` tell. Waiting counts from the moment a complaint was due, not from when it was sent.
"""
