"""The routes of the dashboard: pages, what they load, and how the owner comes and goes."""

import gzip
import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from codex2api.dashboard.assets import PREFIX, Assets
from codex2api.dashboard.headers import ASSET_HEADERS, PAGE_HEADERS
from codex2api.dashboard.sessions import Sessions
from codex2api.dashboard.site import PAGES, SIGN_IN, Page, Site
from codex2api.dashboard.tickets import LINK_PREFIX
from codex2api.errors import ApiError, Kind

_OWN_PATH = re.compile(r"/[\w-]*(?:\?[\w.~%=&+-]*)?", re.ASCII)


def dashboard_router(sessions: Sessions, assets: Assets) -> APIRouter:
    """The routes; who may ask for which is decided at the door.

    Args:
        sessions: Which links and cookies are good.
        assets: What the pages load.
    """
    router, site = APIRouter(include_in_schema=False), Site(assets)
    for page in PAGES:
        router.add_api_route(page.path, _shown(site, page), methods=["GET"])
    _add_sign_in(router, sessions, site)
    _add_assets(router, assets)
    _add_sessions(router, sessions)
    return router


def _add_sign_in(router: APIRouter, sessions: Sessions, site: Site) -> None:
    @router.get(SIGN_IN.path)
    async def sign_in_page(request: Request, next: str = "/") -> Response:  # noqa: A002 (in the address)
        if sessions.is_owner(request.headers.get("cookie", "")):
            return _elsewhere(own_path(next))
        return _page(site, SIGN_IN, request, next=own_path(next), lost=False)

    @router.get(LINK_PREFIX + "{ticket}")
    async def follow_link(request: Request, ticket: str) -> Response:
        if not sessions.redeem(ticket):
            return _page(site, SIGN_IN, request, next="/", lost=True)
        return _elsewhere("/", _new_session(sessions, request))


def _add_assets(router: APIRouter, assets: Assets) -> None:
    @router.get(PREFIX + "{digest}/{language}/{name}")
    async def asset(request: Request, digest: str, language: str, name: str) -> Response:
        found = assets.find(digest, language, name)
        if found is None:
            raise ApiError(Kind.NOT_FOUND, "There is no such file.")
        if not _takes_gzip(request):
            return Response(found.content, media_type=found.kind, headers=ASSET_HEADERS)
        headers = {**ASSET_HEADERS, "content-encoding": "gzip"}
        return Response(found.packed, media_type=found.kind, headers=headers)


def _add_sessions(router: APIRouter, sessions: Sessions) -> None:
    @router.post("/admin/api/session", status_code=204)
    async def begin_session(request: Request) -> Response:
        return Response(status_code=204, headers=_new_session(sessions, request))

    @router.delete("/admin/api/session", status_code=204)
    async def end_session(request: Request) -> Response:
        sessions.end(request.headers.get("cookie", ""))
        gone = sessions.set_cookie("", secure=_is_secure(request))
        return Response(status_code=204, headers={"set-cookie": gone, "cache-control": "no-store"})


def own_path(path: str) -> str:
    """Where to go after the sign-in: a page of ours, whatever an address names."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def _shown(site: Site, page: Page) -> Any:
    async def show(request: Request) -> Response:
        return _page(site, page, request)

    return show


def _page(site: Site, page: Page, request: Request, **values: Any) -> Response:
    content = site.write(page, request.headers.get("accept-language"), **values).encode()
    headers = {**PAGE_HEADERS, "vary": "accept-language, accept-encoding, cookie"}
    if _takes_gzip(request):
        content, headers["content-encoding"] = gzip.compress(content, 6, mtime=0), "gzip"
    return Response(content, media_type="text/html; charset=utf-8", headers=headers)


def _elsewhere(path: str, headers: dict[str, str] | None = None) -> Response:
    safe = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return RedirectResponse(path, status_code=303, headers={**safe, **(headers or {})})


def _new_session(sessions: Sessions, request: Request) -> dict[str, str]:
    cookie = sessions.set_cookie(sessions.begin(), secure=_is_secure(request))
    return {"set-cookie": cookie, "cache-control": "no-store"}


def _is_secure(request: Request) -> bool:
    return str(request.scope.get("scheme")) == "https"


def _takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")
