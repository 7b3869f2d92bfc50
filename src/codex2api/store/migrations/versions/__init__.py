"""One module a migration, in order; they only ever add."""
