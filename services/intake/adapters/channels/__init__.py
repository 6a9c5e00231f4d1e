"""One file per channel: a provider's payload in, records of the domain out. Hooks are listed in
`registry`.
"""
