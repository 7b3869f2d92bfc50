"""Rows 108 to 113: PostgreSQL, which this suite does not start."""

from faults.stage import Row

_WHY = "played by the tests of the PostgreSQL store, on a real PostgreSQL (`tests/store`)"

ROWS = (
    Row(108, "PostgreSQL restarted, connection dropped", "cached tokens serve", elsewhere=_WHY),
    Row(109, "failover to read-only", "503, not ready; no token is lost", elsewhere=_WHY),
    Row(110, "a replica dies with the refresh lock", "the lock ends in 30 s", elsewhere=_WHY),
    Row(111, "3 replicas, one expiry", "1 refresh in all", elsewhere=_WHY),
    Row(112, "replica clocks differ by 5 min", "the database's time counts", elsewhere=_WHY),
    Row(113, "old and new version side by side", "both work", elsewhere=_WHY),
)
