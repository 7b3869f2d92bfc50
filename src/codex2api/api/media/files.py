"""``/v1/files``: kept on this server's own disk, each for the key that uploaded it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from starlette.responses import Response

from codex2api.api.errand_options import body_kinds
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import fate_headers, forbid, is_strict
from codex2api.api.media.multipart import FormReader, PartBegun, PartEnded, text_of
from codex2api.api.state.opening import OpenStores
from codex2api.api.state.shelf import listed, reader_of, shown
from codex2api.conversations import FileStore, NewFile, Page, StoredFile
from codex2api.dialects.base import parse_body
from codex2api.dialects.files import FILE_PARAMETERS, TYPED, UploadFile, file_name
from codex2api.dialects.openai_form import form_fields
from codex2api.dialects.parameters import Survey
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, encode

_BESIDE = 64 * 1024
"""Bytes of an upload that are not the file."""


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the routes need.

    Attributes:
        stores: Opens what is remembered.
        max_file: Bytes of one file.
        new_id: Random and unique.
        now: Unix seconds.
    """

    stores: OpenStores
    max_file: int
    new_id: Callable[[], str]
    now: Callable[[], float]
    strict: bool = False

    async def files(self) -> FileStore:
        """Where the files are."""
        return (await self.stores()).files


def files_router(options: FileOptions) -> APIRouter:
    """The five routes."""
    router = APIRouter(prefix="/v1/files", tags=["Files"])

    @router.post("", openapi_extra=body_kinds("multipart/form-data"))
    async def create_file(request: Request) -> Response:
        """Upload a file: a form with ``file`` and ``purpose``."""
        files = await options.files()
        async with files.begin() as new:
            upload = _Upload(new, options.max_file)
            await upload.read(request)
            file, survey = upload.described(reader_of(request).owner, options)
            forbid(survey.dropped, is_strict(exchange_of(request.scope).asked, options.strict))
            await new.keep(file)
        response = shown(_object(file))
        response.raw_headers.extend(fate_headers(survey))
        return response

    @router.get("")
    async def list_files(
        request: Request,
        purpose: str | None = None,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 10_000,
        order: Literal["asc", "desc"] = "desc",
        after: str | None = None,
    ) -> Response:
        """Your files, the newest first."""
        page = Page(limit, after, order == "desc")
        found = await (await options.files()).list(reader_of(request), page, purpose)
        objects = [_object(file) for file in found.rows]
        return listed(objects, [file.id for file in found.rows], has_more=found.has_more)

    @router.get("/{file_id}")
    async def retrieve_file(request: Request, file_id: str) -> Response:
        """What is known of a file."""
        return shown(_object(await _found(options, request, file_id)))

    @router.get("/{file_id}/content")
    async def file_content(request: Request, file_id: str) -> Response:
        """A file's content, as it was uploaded."""
        file = await _found(options, request, file_id)
        path = await (await options.files()).content(reader_of(request), file_id)
        if path is None:
            raise _not_found(file_id)
        # Never a type that a browser would show: the content is anybody's.
        headers = {"x-content-type-options": "nosniff"}
        return FileResponse(path, 200, headers, "application/octet-stream", filename=file.name)

    @router.delete("/{file_id}")
    async def delete_file(request: Request, file_id: str) -> Response:
        """Forget a file and its content."""
        if not await (await options.files()).remove(reader_of(request), file_id):
            raise _not_found(file_id)
        return shown({"id": file_id, "object": "file", "deleted": True})

    return router


class _Upload:
    """One upload, on its way from the form to the disk."""

    def __init__(self, new: NewFile, limit: int) -> None:
        self._new = new
        self._limit = limit
        self._texts: list[tuple[str, str]] = []
        self._name: str | None = None
        self._size = 0
        self._beside = 0

    async def read(self, request: Request) -> None:
        """Read the form; the file goes where it is kept, piece by piece."""
        asked = exchange_of(request.scope).asked
        part = PartBegun("", None)
        text: list[bytes] = []
        async for event in FormReader(
            asked, request.receive, self._limit + _BESIDE, "store.maxFileBytes"
        ):
            match event:
                case PartBegun():
                    part, text = event, []
                    self._begin(part)
                case bytes() if part.filename is not None:
                    await self._take(event)
                case bytes():
                    text.append(self._noted(event))
                case PartEnded() if part.filename is None:
                    self._texts.append((part.name, text_of(part.name, b"".join(text))))

    def described(self, owner: str, options: FileOptions) -> tuple[StoredFile, Survey]:
        """What is to be kept of it, and what became of its parameters."""
        file = {"file": True} if self._name is not None else {}
        fields = form_fields(self._texts, TYPED) | file
        wish, raw = parse_body(encode(fields), UploadFile)
        if self._name is None:
            raise _bad("Missing required parameter: 'file'.", "missing_required_parameter")
        if not self._size:
            raise _bad("Invalid value for 'file': the file is empty.")
        created = int(options.now())
        after = wish.expires_after
        stored = StoredFile(
            f"file-{options.new_id()}",
            owner,
            created,
            self._name,
            wish.purpose,
            self._size,
            None if after is None else created + after.seconds,
        )
        return stored, FILE_PARAMETERS.survey(raw)

    def _begin(self, part: PartBegun) -> None:
        if part.filename is None:
            return
        if part.name != "file":
            raise _bad(f"A file came in the field '{part.name[:64]}', not in 'file'.")
        if self._name is not None:
            raise _bad("Invalid value for 'file': expected one file.")
        self._name = file_name(part.filename)

    def _noted(self, data: bytes) -> bytes:
        self._beside += len(data)
        if self._beside > _BESIDE:
            raise _bad("The form holds too much text beside the file.")
        return data

    async def _take(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._limit:
            raise ApiError(
                Kind.BODY_TOO_LARGE,
                f"The file is larger than {self._limit:,} bytes (setting store.maxFileBytes).",
                param="file",
            )
        await self._new.write(data)


async def _found(options: FileOptions, request: Request, name: str) -> StoredFile:
    file = await (await options.files()).find(reader_of(request), name)
    if file is None:
        raise _not_found(name)
    return file


def _object(file: StoredFile) -> Mapping[str, Json]:
    expires = {} if file.expires is None else {"expires_at": file.expires}
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size,
        "created_at": file.created,
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        **expires,
    }


def _not_found(name: str) -> ApiError:
    return ApiError(Kind.NOT_FOUND, f"No such File object: {name[:100]}", param="id")


def _bad(message: str, code: str = "invalid_value") -> ApiError:
    return ApiError(Kind.BAD_REQUEST, message, param="file", code=code)
