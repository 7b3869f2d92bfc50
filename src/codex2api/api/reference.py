"""``GET /docs``: the API reference, made here and complete in itself.

FastAPI's own page loads scripts from elsewhere; this one has none, works offline, and knows the hot
routes, which FastAPI does not serve.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from re import sub
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from codex2api import __version__
from codex2api.api.hot_routes import DIALECTS
from codex2api.api.native import POSTED, PREFIX
from codex2api.api.remedies import REMEDIES
from codex2api.dialects.base import Dialect
from codex2api.errors import STATUS, Kind

_PASSED_ON = "Passed on as it is, with an account of this server: for Codex itself."

_METHODS = ("get", "post", "put", "patch", "delete")

_GUARD = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_STYLE = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem 1rem 4rem; }
h2 { border-bottom: 1px solid; margin-top: 2.5rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
nav a { margin-right: 1rem; }
summary { cursor: pointer; padding: 0.25rem 0; }
summary b { display: inline-block; min-width: 4.5rem; }
table { border-collapse: collapse; margin: 0.5rem 0 1rem; }
th, td { border: 1px solid color-mix(in srgb, currentcolor 30%, transparent);
  padding: 0.2rem 0.5rem; text-align: left; vertical-align: top; }
"""


def reference_router() -> APIRouter:
    """The page and its style."""
    router = APIRouter(prefix="/docs", include_in_schema=False)

    @router.get("")
    async def page(request: Request) -> Response:
        """Every route, also those that models answer."""
        text = reference(request.app.openapi(), DIALECTS)
        return Response(text, media_type="text/html", headers=_GUARD)

    @router.get("/style.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers=_GUARD)

    return router


def reference(schema: Mapping[str, Any], dialects: Sequence[Dialect[Any]]) -> str:
    """The page.

    Args:
        schema: OpenAPI's, of the cold routes.
        dialects: The hot ones.
    """
    passed = [_details("post", f"{PREFIX}{path}", _PASSED_ON, "") for path in POSTED]
    sections = {"Models": [_dialect(dialect) for dialect in dialects], "Codex": passed}
    for path, operations in schema.get("paths", {}).items():
        for method in _METHODS:
            if method in operations:
                tag = str((operations[method].get("tags") or ["Other"])[0]).capitalize()
                part = _operation(method, path, operations[method])
                sections.setdefault(tag, []).append(part)
    sections["Errors"] = [_errors()]
    return "".join(_page(sections))


def _page(sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width"><title>codex2api: reference</title>'
    yield '<link rel="stylesheet" href="/docs/style.css"></head><body>'
    yield f"<h1>codex2api {escape(__version__)}</h1>"
    yield "<p>The base URL is the address of this server and <code>/v1</code>. Every route but "
    yield "<code>/health</code> needs a key, as <code>Authorization: Bearer</code> or "
    yield "<code>x-api-key</code>. What is not listed of OpenAI's API is answered with 501 and the "
    yield "reason.</p><nav>"
    for title in sections:
        yield f'<a href="#{_anchor(title)}">{escape(title)}</a>'
    yield "</nav>"
    for title, content in sections.items():
        yield f'<h2 id="{_anchor(title)}">{escape(title)}</h2>{"".join(content)}'
    yield "</body></html>"


def _dialect(dialect: Dialect[Any]) -> str:
    rows = [
        (f"<code>{escape(name)}</code>", escape(row.fate.value), _marked(row.note or ""))
        for name, row in dialect.parameters.rows.items()
    ]
    return _details("post", dialect.path, "Whole and streamed.", _table(("body", "fate", ""), rows))


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = [
        (
            f"<code>{escape(str(each['name']))}</code>",
            escape(str(each["in"]) + ("" if each.get("required") else ", may be left out")),
            _marked(
                str(each.get("description") or each.get("schema", {}).get("description") or "")
            ),
        )
        for each in operation.get("parameters", ())
    ]
    bodies = ", ".join(operation.get("requestBody", {}).get("content", {}))
    content = f"<p>Body: <code>{escape(bodies)}</code></p>" if bodies else ""
    content += _table(("parameter", "in", ""), rows) if rows else ""
    told = str(operation.get("description") or operation.get("summary") or "")
    return _details(method, path, told.partition("\n\n")[0], content)


def _details(method: str, path: str, told: str, content: str) -> str:
    head = f"<b>{method.upper()}</b> <code>{escape(path)}</code>"
    return f"<details><summary>{head}</summary><p>{_marked(told)}</p>{content}</details>"


def _errors() -> str:
    rows = [
        (
            str(int(STATUS[kind])),
            f"<code>{escape(kind.value)}</code>",
            _marked(REMEDIES[kind].means),
            _marked(REMEDIES[kind].helps),
        )
        for kind in sorted(Kind, key=lambda kind: STATUS[kind])
    ]
    return _table(("status", "code", "means", "helps"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{titles}</tr>{lines}</table>"


def _marked(text: str) -> str:
    """A sentence with code between backticks."""
    return sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text))


def _anchor(title: str) -> str:
    return sub(r"[^a-z0-9]+", "-", title.lower())
