"""Secrets in odd places of a record reach no sink, tracebacks included."""

import io
import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given, strategies as st

from codex2api import logs
from tests.protocol.test_secrets import AROUND, NAMED, SELF_EVIDENT


@contextmanager
def sinks(format: Any, folder: Path) -> Iterator[io.StringIO]:  # noqa: A002
    before = logging.getLogger().handlers, logging.getLogger().level
    console = io.StringIO()
    try:
        logs.configure(
            level="debug", directory=folder, format=format, colour=False, console=console
        )
        yield console
    finally:
        logging.getLogger().handlers = before[0]
        logging.getLogger().setLevel(before[1])
        structlog.contextvars.clear_contextvars()


class Odd:
    """Something whose text is the secret."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def in_odd_places(secret: str, named: str) -> None:
    """Everything that a careless line could do with it."""
    log = structlog.get_logger("test")
    structlog.contextvars.bind_contextvars(request_id=secret)
    log.info(secret, path=named, note=[secret, {"a": (secret,)}], **{secret: 1})
    log.info("odd", value=Odd(secret), raw=secret.encode(), deep={"x": {secret: {"y": named}}})
    log.info("named", refresh_token=Odd(secret), email=secret, cookies=[secret])
    logging.getLogger("aiohttp.client").warning("headers %s and %r", secret, {"h": named})
    logging.getLogger("uvicorn.error").error("bytes %r", secret.encode())
    try:
        try:
            raise KeyError(named)
        except KeyError as error:
            raise ValueError(f"first\n{secret}") from error
    except ValueError:
        log.exception("request.bug", detail=secret)
        logging.getLogger("asyncio").exception("task")


@pytest.mark.parametrize("format", ["json", "console"])
def test_no_sink_hears_a_secret(format: str) -> None:  # noqa: A002
    @given(AROUND, SELF_EVIDENT, NAMED)
    def check(around: str, secret: str, named: tuple[str, str]) -> None:
        form, value = named[0], f"Zq{named[1]}"  # no word of a traceback
        with tempfile.TemporaryDirectory() as folder, sinks(format, Path(folder)) as console:
            in_odd_places(f"{around} {secret} {around}", form.format(value))
            written = [path.read_text("utf-8") for path in Path(folder).iterdir()]
        said = console.getvalue()

        assert said.count("\n") >= 7
        for text in (said, *written):
            assert secret not in text
            assert value not in text
        if format == "json":
            assert all(json.loads(line) for line in said.splitlines())

    check()


@given(SELF_EVIDENT, st.integers(0, 2100))
def test_a_body_that_is_cut_shows_no_whole_secret(secret: str, at: int) -> None:
    body = json.dumps({"messages": [{"content": f"{'x ' * (at // 2)}{secret}"}]})
    for text in (logs.redact_body(body.encode()), logs.redact_body(body.encode()[:-3])):
        assert secret not in text
