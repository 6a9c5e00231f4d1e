"""Collecting mail from mailboxes by IMAP: each has a loop and a thread of its own and waits for no other."""
