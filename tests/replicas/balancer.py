"""A tiny TCP proxy, as stands before replicas: who is taken out of it gets no new connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count


class Balancer:
    """Passes each connection on to one of some ports, in turn.

    Attributes:
        ports: Where it passes them to; may be changed at any time.
    """

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.port = 0
        self._turn = count()

    async def passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self.ports[next(self._turn) % len(self.ports)]
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


@asynccontextmanager
async def balanced(ports: list[int]) -> AsyncIterator[Balancer]:
    """Run one until the block ends."""
    balancer = Balancer(ports)
    server = await asyncio.start_server(balancer.passed, "127.0.0.1", 0)
    balancer.port = server.sockets[0].getsockname()[1]
    try:
        yield balancer
    finally:
        server.close()
