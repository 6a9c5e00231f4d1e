"""One file per provider: how a message is handed over, which answers are final, and what can be asked
afterwards.
"""
