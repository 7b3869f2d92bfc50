"""What holds for every test, and the PostgreSQL that some of them share."""

import os
import signal
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.loggers import forget_logging
from tests.postgres import PostgresProcess, UnavailableError, postgres

# A slow machine is no failure: generated tests have no deadline.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("house")

# Run in the background of a script, tests have Ctrl-C ignored, and so has all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_lasting_logging() -> Iterator[None]:
    """What a test configures ends with it."""
    yield
    if structlog.is_configured():
        forget_logging()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresProcess]:
    """A PostgreSQL for tests that leave it running; each makes a database of its own."""
    yield from _postgres_or_skip()


@pytest.fixture
def own_postgres() -> Iterator[PostgresProcess]:
    """A PostgreSQL for a test that stops it."""
    yield from _postgres_or_skip()


def _postgres_or_skip() -> Iterator[PostgresProcess]:
    try:
        running = postgres()
        server = running.__enter__()
    except UnavailableError as error:
        if os.environ.get("CI"):  # where a skipped test would be one that nobody runs
            raise
        pytest.skip(f"There is no PostgreSQL here: {error}")
    try:
        yield server
    finally:
        running.__exit__(None, None, None)
