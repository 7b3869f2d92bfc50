"""What the queries of several stores share: whose rows, which part of a list, which are over."""

from collections.abc import Callable
from typing import Any

import zstandard
from sqlalchemy import ColumnElement, Connection, Select, Table, delete, select, true

from codex2api.conversations import Page, Reader


def packer() -> Callable[[bytes], bytes]:
    """Makes JSON small, for the one thread that writes.

    Callers who send their whole history again with each request would fill disks otherwise.
    """
    return zstandard.ZstdCompressor(level=1).compress


def unpacked(stored: bytes) -> bytes:
    """Stored JSON as it was."""
    return zstandard.decompress(stored)


def seen_by(reader: Reader, owner: ColumnElement[str]) -> ColumnElement[bool]:
    """Rows that a reader may see."""
    return true() if reader.sees_all else owner == reader.owner


def part_of(
    connection: Connection,
    query: Select[Any],
    page: Page,
    number: ColumnElement[int],
    name: ColumnElement[str],
) -> tuple[list[Any], bool]:
    """One page of a query's rows, and whether more follow.

    Args:
        connection: Where to ask.
        query: The whole list, in no order.
        page: Which part.
        number: What orders the rows.
        name: What ``page.after`` names.

    Raises:
        ApiError: The list lacks that name.
    """
    order = number.desc() if page.descending else number.asc()
    part = query.order_by(order).limit(page.limit + 1)
    if page.after is not None:
        place = query.with_only_columns(number).where(name == page.after)
        last = connection.execute(place.order_by(number.desc()).limit(1)).scalar_one_or_none()
        if last is None:
            raise page.lost()
        part = part.where(number < last if page.descending else number > last)
    rows = list(connection.execute(part).all())
    return rows[: page.limit], len(rows) > page.limit


def forgetting(table: Table, now: int, most: int) -> Callable[[Connection], int]:
    """Work that removes rows whose time is over, the oldest first, and tells how many."""
    over = select(table.c.id).where(table.c.expires <= now).order_by(table.c.expires).limit(most)

    def work(connection: Connection) -> int:
        return connection.execute(delete(table).where(table.c.id.in_(over))).rowcount

    return work
