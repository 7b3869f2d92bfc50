"""Row 65: requests that are wrong in every place that can be wrong."""

from collections.abc import Mapping

from tests.whole.malformed import CASES

from faults.checks import check, refused
from faults.rig.caller import request
from faults.stage import CHAT, COMPLETIONS, NATIVE, RESPONSES, Row, Stage

HOT = (CHAT, RESPONSES, COMPLETIONS)
TAKES_JSON = (
    *HOT,
    "/v1/responses/compact",
    "/v1/responses/input_tokens",
    "/v1/conversations",
    "/v1/images/generations",
    "/v1/embeddings",
    NATIVE,
)

OURS = [
    case for case in CASES if "unknown model" not in case.name and "unknown tool" not in case.name
]
"""The malformed requests of the tests, without those that ChatGPT itself refuses."""

SHAPES: Mapping[str, bytes] = {
    "nothing": b"",
    "a word": b"hello",
    "cut": b'{"model": "gpt-5.5", "messages": [',
    "an array": b"[]",
    "a string": b'"hi"',
    "null": b"null",
    "a number": b"7",
    "true": b"true",
    "two objects": b"{}{}",
    "single quotes": b"{'model': 'x'}",
    "a comment": b'{"model": "x" /* y */}',
    "UTF-16": '{"model": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"model": "x"}',
    "bad UTF-8": b'{"model": "\xff"}',
    "zeros": bytes(1000),
}


FORM = "multipart/form-data; boundary=XX"
END = b"--XX--\r\n"


def _part(name: str, data: bytes = b"hi", more: bytes = b"") -> bytes:
    head = b'--XX\r\nContent-Disposition: form-data; name="%b"' % name.encode()
    return head + more + b"\r\n\r\n" + data + b"\r\n"


def _file(name: bytes, more: bytes = b"") -> bytes:
    purpose = _part("purpose", b"user_data")
    return purpose + _part("file", b"data", b'; filename="%b"' % name + more) + END


FORMS: Mapping[str, bytes] = {
    "nothing": b"",
    "no end": _file(b"a.txt")[:-6],
    "only an end": END,
    "noise": bytes(range(256)) * 20,
    "no file": _part("purpose", b"user_data") + END,
    "a file that is a text": _part("file") + END,
    "two files": _part("file", b"1", b'; filename="a"') * 2 + END,
    "1,000 parts": b"".join(_part(f"x{number}") for number in range(1000)) + END,
    "100,000 parts": b"".join(_part(f"x{number}") for number in range(100_000)) + END,
    "a header of 200 kB": _file(b"a" * 200_000),
    "NUL in a name": _file(b"a\0b"),
    "a path for a name": _file(b"../../../etc/passwd"),
    "no UTF-8 in a name": _file(b"\xff\xfe"),
    "no disposition": b"--XX\r\n\r\nhi\r\n" + END,
    "no name": b"--XX\r\nContent-Disposition: form-data\r\n\r\nhi\r\n" + END,
    "no colon": b"--XX\r\nfoo\r\n\r\nhi\r\n" + END,
    "another boundary": _file(b"a").replace(b"XX", b"YY"),
    "nested": _file(b"a", b"\r\nContent-Type: multipart/mixed; boundary=ZZ"),
    "bad base64": _file(b"a", b"\r\nContent-Transfer-Encoding: base64"),
    "an unknown encoding": _file(b"a", b"\r\nContent-Transfer-Encoding: x-uu"),
    "a field of 5 MB": _part("purpose", b"x" * 5_000_000) + _part("file", b"1") + END,
    "no number": _part("expires_after[seconds]", b"1e999") + _file(b"a"),
}

BOUNDARIES = (
    *("", "; boundary=", "; boundary=" + "x" * 1000, "; boundary=XX; boundary=YY"),
    *("; charset=utf-7; boundary=XX", "; boundary=\udcff", '; boundary="X'),
)

TAKES_FORMS = ("/v1/files", "/v1/audio/transcriptions", "/v1/images/edits")

QUERIES = (
    *("limit=abc", "limit=-1", "limit=0", "limit=99999999999999999999", "limit=1e3", "limit=٣"),
    *("after=%00", "after=x", "before=x", "order=up", "order=%ff", "include=x", "include[]=x"),
    *("metadata[a]=b", "metadata=%ff", "metadata[%00]=1", "limit=1&limit=2", "starting_after=-1"),
    *("stream=maybe", "stream=true&starting_after=abc", "purpose=%00", "%", "%zz"),
    *("model=%ff%fe", "after=" + "x" * 10_000),
)

LISTS = (
    "/v1/chat/completions",
    "/v1/files",
    "/v1/models",
    "/health",
    "/auth/status",
    "/v1/responses/resp_x",
    "/v1/responses/resp_x/input_items",
    "/v1/conversations/conv_x/items",
)

NAMES = (
    *("x", "resp_x", "conv_x", "file-x", "%00", "%ff", "%2e%2e", "a" * 5000, "%F0%9F%98%80"),
    *("'%3B%20DROP%20TABLE%20responses%3B%20--", "%25", "a%2fb"),
)

THINGS = (
    "/v1/responses/{}",
    "/v1/responses/{}/input_items",
    "/v1/conversations/{}",
    "/v1/conversations/{}/items",
    "/v1/conversations/{}/items/{}",
    "/v1/chat/completions/{}",
    "/v1/chat/completions/{}/messages",
    "/v1/files/{}",
    "/v1/files/{}/content",
    "/v1/models/{}",
    "/auth/login/{}",
)


async def wrong_inputs(stage: Stage) -> str:
    """Bodies, forms, queries and names that are none."""
    await not_json(stage)
    await no_forms(stage)
    await no_places(stage)
    check(not stage.lane.calls, f"{len(stage.lane.calls)} upstream calls")
    return f"{stage.inputs:,} requests refused, 0 upstream calls"


async def not_json(stage: Stage) -> None:
    """Everything that the malformed requests of the tests do, and more shapes on more routes."""
    for case in OURS:
        head = [f"{name}: {value}" for name, value in case.headers.items()]
        data = request(stage.product, case.path, case.body, [*stage.choosing, *head], kind=None)
        reply = await stage.bad(case.name, data)
        error = refused(reply, case.status)
        check(case.param in (None, error["param"]), f"{case.name}: param {error['param']}")
    for path in TAKES_JSON:
        for name, body in SHAPES.items():
            reply = await stage.bad(f"{path}, {name}", stage.request(body, path))
            if path == "/v1/conversations" and reply.status == 200:
                continue  # it may begin with nothing, and skips what it does not know
            refused(reply, 400, 415, 501)


async def no_forms(stage: Stage) -> None:
    """Forms that are broken, empty, or far too much; some of the strange ones are good."""
    for path in TAKES_FORMS:
        for name, form in FORMS.items():
            data = request(stage.product, path, form, stage.choosing, kind=FORM)
            await stage.bad(f"{path}, {name}", data)
        for boundary in BOUNDARIES:
            kind = f"multipart/form-data{boundary}"
            data = request(stage.product, path, _file(b"a"), stage.choosing, kind=kind)
            await stage.bad(f"{path}, {kind[:60]}", data)
    stage.lane.calls.clear()  # a good form may ask


async def no_places(stage: Stage) -> None:
    """Queries of lists, and names of things that are not there."""
    for path in LISTS:
        for query in QUERIES:
            await stage.bad(f"{path}?{query[:40]}", _get(stage, f"{path}?{query}"))
    for path in THINGS:
        for name in NAMES:
            for method in ("GET", "DELETE", "POST"):
                target = path.replace("{}", name)
                body = b"{}" if method == "POST" else None
                data = request(stage.product, target, body, stage.choosing, method)
                reply = await stage.bad(f"{method} {target[:60]}", data)
                check(reply.status >= 400, f"{method} {target[:60]}: {reply.status}")


def _get(stage: Stage, target: str) -> bytes:
    return request(stage.product, target, None, stage.choosing, "GET")


ROWS = (Row(65, "not JSON, wrong types", "400 that names the parameter", wrong_inputs),)
