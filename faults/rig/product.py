"""The product, started the way a user starts it, with a home of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faults.rig import secrets

PATIENCE = 60.0
_STRANGE = ("CODEX2API_", "PORT", "HOST", "CONFIG_PATH", "LOG_LEVEL", "DATABASE_URL", "ENABLE_")


@dataclass
class Product:
    """A server that listens."""

    process: asyncio.subprocess.Process
    home: Path
    key: str
    said: bytearray = field(default_factory=bytearray)
    """Standard error, so far."""
    port: int = 0
    reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the process that was started; with several workers, their parent."""
        return self.process.pid

    @property
    def host(self) -> str:
        """As a ``Host`` header has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def bearer(self) -> str:
        """The owner's key, as a header line."""
        return f"Authorization: Bearer {self.key}"

    def logs(self) -> bytes:
        """Everything that it has written down."""
        files = sorted((self.home / "logs").glob("*")) if (self.home / "logs").is_dir() else []
        return bytes(self.said) + b"".join(path.read_bytes() for path in files)

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; the exit code."""
        async with asyncio.timeout(seconds):
            code = await self.process.wait()
        if self.reading is not None:
            await self.reading
        return code

    async def end(self) -> None:
        """End it, gently at first."""
        if self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            await self.ended(5)
        except TimeoutError:
            self.process.kill()
            await self.ended()

    async def listens(self) -> None:
        """Wait for the start screen.

        Raises:
            AssertionError: It ended before.
        """
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"base URL +http://127\.0\.0\.1:(\d+)/v1", self.said)):
                assert self.process.returncode is None, self.said.decode("utf-8", "replace")
                await asyncio.sleep(0.02)
        self.port = int(found[1])

    async def read(self) -> None:
        """Take in what it says, so that its pipe never fills."""
        assert self.process.stderr is not None
        while part := await self.process.stderr.read(65536):
            self.said += part


def environment(home: Path, **settings: str) -> dict[str, str]:
    """Ours, without settings that are meant for a real server, and without proxies."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_STRANGE) and not name.lower().endswith("_proxy")
    }
    return kept | {"CODEX2API_HOME": str(home), "BROWSER": "true"} | settings


async def started(
    home: Path,
    *options: str,
    before: Callable[[], None] | None = None,
    environ: dict[str, str] | None = None,
) -> Product:
    """A server process whose standard error is read; it may still end at once.

    Args:
        home: Its ``CODEX2API_HOME``.
        options: Of ``serve``.
        before: Called in the child before it becomes the product.
        environ: Further variables.
    """
    secrets.write_private(home / "data" / "local.key", secrets.LOCAL_KEY + "\n")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex2api", "serve", "--no-login", *options),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=environment(home, **(environ or {})),
        start_new_session=True,
        preexec_fn=before,
    )
    product = Product(process, home, secrets.LOCAL_KEY)
    product.reading = asyncio.create_task(product.read())
    return product


@asynccontextmanager
async def running(
    home: Path,
    *options: str,
    before: Callable[[], None] | None = None,
    environ: dict[str, str] | None = None,
) -> AsyncIterator[Product]:
    """The product on a free port, until the block ends."""
    product = await started(
        home, "--port", "0", "--log-level", "debug", *options, before=before, environ=environ
    )
    try:
        await product.listens()
        yield product
    finally:
        await product.end()
