"""``/admin/api/keys``: client keys, for the owner."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from codex2api.callers.grants import NO_GRANTS
from codex2api.callers.keys import ClientKey, KeyStore, new_key
from codex2api.callers.wording import WordingError, changed, key_name, moment
from codex2api.errors import ApiError, Kind

_Text = Annotated[str | None, Field(max_length=4096)]


class KeyChange(BaseModel):
    """What a key is to grant; what is not named stays as it is.

    The words are those of the command line, and ``none`` (or null) takes a limit away.

    Attributes:
        expires: ``30d``, ``2027-01-31`` or ``none``.
        requests: ``100/1h``.
        tokens: ``1M/1d``.
        weekly_share: Percent.
    """

    model_config = ConfigDict(extra="forbid")

    expires: _Text = None
    account: _Text = None
    models: list[str] | str | None = None
    requests: _Text = None
    tokens: _Text = None
    concurrency: int | None = None
    weekly_share: float | str | None = None
    reasoning: _Text = None
    reserve: bool = False


class KeyWish(KeyChange):
    """A key to create."""

    name: str


class KeyObject(BaseModel):
    """A key; of the secret, only its last four characters.

    Attributes:
        requests_used: In the present window; told by the list only, as ``tokens_used`` is.
    """

    object: Literal["client_key"] = "client_key"
    name: str
    id: str
    tail: str
    created: str
    expires: str | None
    expired: bool
    last_used: str | None
    account: str | None
    models: list[str]
    requests: str | None
    requests_used: int | None
    tokens: str | None
    tokens_used: int | None
    concurrency: int | None
    weekly_share: float | None
    reasoning: str | None
    reserve: bool


class CreatedKey(KeyObject):
    """A new key, with the secret that is shown this once."""

    key: str


class KeyObjects(BaseModel):
    """All keys."""

    object: Literal["list"] = "list"
    data: list[KeyObject]


class RevokedKey(BaseModel):
    """A key that opens nothing any more."""

    object: Literal["client_key.revoked"] = "client_key.revoked"
    name: str
    id: str


def keys_router(
    keys: Callable[[], Awaitable[KeyStore]],
    refresh: Callable[[], Awaitable[None]],
    now: Callable[[], float],
) -> APIRouter:
    """The routes; ``Front`` lets the owner's key alone in.

    Args:
        keys: Opens the store.
        refresh: Has this process know at once what was changed; others look by themselves.
        now: Unix seconds.
    """

    async def know() -> None:
        with suppress(ApiError):  # what was changed is stored; the next look will find it
            await refresh()

    router = APIRouter(prefix="/admin/api/keys", tags=["Keys"])

    @router.get("")
    async def list_keys() -> KeyObjects:
        found = await (await keys()).read()
        known = [] if found is None else found.shown(now())
        return KeyObjects(data=[KeyObject(**key) for key in known])

    @router.post("")
    async def create_key(wish: KeyWish) -> CreatedKey:
        with_terms, moment_now = _changing(wish, now()), now()
        try:
            name = key_name(wish.name)
        except WordingError as error:
            raise _refused(error) from None
        secret, bare = new_key(name, NO_GRANTS, None, moment_now)
        key = with_terms(bare)
        await (await keys()).add(key)
        await know()
        return CreatedKey(key=secret, **key.shown(moment_now))

    @router.patch("/{name}")
    async def change_key(name: str, change: KeyChange) -> KeyObject:
        key = await (await keys()).change(name, _changing(change, now()))
        await know()
        return KeyObject(**key.shown(now()))

    @router.delete("/{name}")
    async def revoke_key(name: str) -> RevokedKey:
        key = await (await keys()).remove(name)
        await know()
        return RevokedKey(name=key.name, id=key.id)

    return router


def _changing(change: KeyChange, now: float) -> Callable[[ClientKey], ClientKey]:
    """What makes a changed key of a key.

    Raises:
        ApiError: A value cannot be understood.
    """
    said: dict[str, Any] = {
        name: getattr(change, name) for name in change.model_fields_set - {"name", "expires"}
    }
    times = "expires" in change.model_fields_set
    try:
        changed(NO_GRANTS, said)
        expires = moment(change.expires or "none", now) if times else None
    except WordingError as error:
        raise _refused(error) from None

    def made(key: ClientKey) -> ClientKey:
        grants = changed(key.grants, said)
        return replace(key, grants=grants, expires=expires if times else key.expires)

    return made


def _refused(error: WordingError) -> ApiError:
    return ApiError(Kind.BAD_REQUEST, str(error), param=error.param, code="invalid_value")
