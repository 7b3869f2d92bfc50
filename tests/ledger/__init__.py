"""The ledger's values."""
