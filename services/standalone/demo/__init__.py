"""The demonstration: a contact centre in two minutes, through the platform's public interfaces only.

`scenario.yaml` says who the people are and what goes wrong; `customers` write and call in through real
clients (`clients`), read what they were sent from the recording provider (`postbox`) and answer in their own
words; `employees` find their cases, answer, pay and circle back over gRPC with their own keys (`desk`).
Everything sent is written down on the way (`ledger`), and at the end compared with what the platform says
(`summary`, `invariants`). `board` shows it while it happens.
"""
