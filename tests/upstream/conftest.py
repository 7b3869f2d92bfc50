"""The fault suite runs over both transports: what one survives, the other must."""

from collections.abc import Iterator

import pytest

from tests.upstream import adapters


@pytest.fixture(params=[True, False], ids=["wire", "aiohttp"])
def each_adapter(request: pytest.FixtureRequest) -> Iterator[None]:
    with adapters.using(wire=request.param):
        yield
