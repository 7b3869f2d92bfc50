"""Uploaded files on their way into a request."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from codex2api.api.state.opening import OpenStores
from codex2api.conversations import FileStore, Reader
from codex2api.dialects.openai_files import (
    FileContent,
    FileReference,
    Fill,
    filled,
    references,
)
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json

FilledT = TypeVar("FilledT")


@dataclass(frozen=True, slots=True)
class Attachments:
    """Finds what a request names.

    Attributes:
        stores: Opens what is remembered.
        limit: Bytes of all files of one request.
    """

    stores: OpenStores
    limit: int

    async def fill(self, reader: Reader, pour: Callable[[Fill], FilledT]) -> FilledT:
        """What ``pour`` gives when every file is put in.

        Args:
            reader: Whose files may be named.
            pour: Has each conversation filled that it knows of; called twice, at first to see
                which files there are.

        Raises:
            ApiError: A file is not there, or cannot be in that place.
        """
        found: list[FileReference] = []

        def look(value: Json, where: str) -> Json:
            found.extend(references(value, where))
            return value

        unchanged = pour(look)
        if not found:
            return unchanged
        files = await self.load(reader, found)
        return pour(lambda value, where: filled(value, where, files))

    async def load(
        self, reader: Reader, references: Sequence[FileReference]
    ) -> dict[str, FileContent]:
        """The named files, by their ids.

        Raises:
            ApiError: One is not there, or not the reader's, or together they are too large.
        """
        files = (await self.stores()).files
        loaded: dict[str, FileContent] = {}
        left = self.limit
        for reference in references:
            if reference.id not in loaded:
                content = await self._one(files, reader, reference, left)
                left -= len(content.data)
                loaded[reference.id] = content
        return loaded

    async def _one(
        self, files: FileStore, reader: Reader, reference: FileReference, left: int
    ) -> FileContent:
        file = await files.find(reader, reference.id)
        path = await files.content(reader, reference.id)
        if file is None or path is None:
            raise _unknown(reference)
        if file.size > left:
            raise ApiError(
                Kind.BODY_TOO_LARGE,
                f"The files of this request are larger than {self.limit:,} bytes "
                "(setting server.maxBodyBytes).",
                param=reference.where,
            )
        try:
            return FileContent(file.name, await asyncio.to_thread(Path.read_bytes, path))
        except FileNotFoundError:  # deleted in this very moment
            raise _unknown(reference) from None


def _unknown(reference: FileReference) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"No such File object: {reference.id[:100]}",
        param=reference.where,
        code="file_not_found",
    )
