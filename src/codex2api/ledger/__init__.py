"""What was asked, what it cost and how it went, one record a call. Pure.

Never what was said: a record holds numbers, names and codes alone, and nothing of them is free
text (``ledger.names``).
"""
