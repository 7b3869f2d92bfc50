"""Rows 108 to 113: PostgreSQL, which this suite does not start; its own tests do."""

from faults.stage import Row

OUTAGES = "tests/replicas/test_outages.py"
REFRESH = "tests/replicas/test_refresh.py"
ROLLING = "tests/replicas/test_rolling.py"
FAILOVER = "tests/store/test_failover.py"

ROWS = (
    Row(108, "PostgreSQL restarted, connection dropped", "cached tokens serve", elsewhere=OUTAGES),
    Row(109, "failover to read-only", "503, not ready; no token is lost", elsewhere=FAILOVER),
    Row(110, "a replica dies with the refresh lock", "another follows", elsewhere=REFRESH),
    Row(111, "3 replicas, one expiry", "1 refresh in all", elsewhere=REFRESH),
    Row(112, "replica clocks differ by 5 min", "the database's time counts", elsewhere=REFRESH),
    Row(113, "old and new version side by side", "both work", elsewhere=ROLLING),
)
