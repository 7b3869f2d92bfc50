"""Does a running server do its main job? A few small requests, one line each.

    python scripts/smoke.py [--url http://127.0.0.1:3000] [--key KEY] [--model MODEL]

Needs nothing but Python. Without ``--key``, the key is read from
``$CODEX2API_HOME/data/local.key``. Against a real account this costs three very small answers of
its plan. The exit code is 1 if a check failed.
"""

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT = 120.0
WISH = "Reply with one short word."


class CheckFailed(Exception):  # noqa: N818 - its text is what the person reads
    """An answer is not what it should be."""


@dataclass(frozen=True, slots=True)
class Server:
    """The server under test, as a client sees it."""

    url: str
    key: str
    model: str

    def ask(self, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, str]:
        """Status and text of an answer; with a body, to a POST."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if key is not None:
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(f"{self.url}{path}", data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=TIMEOUT) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except (OSError, UnicodeDecodeError) as error:
            raise CheckFailed(f"no answer: {error}") from error

    def get(self, path: str, body: Any = None) -> str:
        """The text of an answer of status 200 to whoever has the key."""
        status, text = self.ask(path, body, key=self.key)
        require(status == 200, f"status {status}: {text[:300]}")
        return text


def main() -> int:
    """Run every check; gives the exit code."""
    server = parse_arguments()
    failed = 0
    for check in CHECKS:
        try:
            found = check(server)
        except CheckFailed as failure:
            failed += 1
            print(f"FAILED  {check.__name__}: {failure}")
        else:
            print(f"ok      {check.__name__}: {found}")
    return 1 if failed else 0


def health(server: Server) -> str:
    """It lives; this needs no key."""
    status, text = server.ask("/health")
    require(status == 200, f"status {status}")
    return text


def ready(server: Server) -> str:
    """Somebody is signed in."""
    status, text = server.ask("/health/ready")
    require(status == 200, f"status {status}: run 'codex2api login'")
    return text


def shut_without_key(server: Server) -> str:
    """No key, no answer."""
    for key in (None, "sk-wrong"):
        status, _ = server.ask("/v1/models", key=key)
        require(status == 401, f"status {status} instead of 401")
    return "401"


def models(server: Server) -> str:
    """The model is there."""
    names = [model["id"] for model in json.loads(server.get("/v1/models"))["data"]]
    require(server.model in names, f"{server.model} is not among {', '.join(names)}")
    return f"{len(names)}"


def chat_whole(server: Server) -> str:
    """A whole chat completion."""
    choice = json.loads(server.get("/v1/chat/completions", chat(server)))["choices"][0]
    require(choice["finish_reason"] == "stop", f"finish_reason {choice['finish_reason']}")
    return brief(choice["message"]["content"])


def chat_streamed(server: Server) -> str:
    """A streamed one, with its end."""
    *chunks, last = events(server.get("/v1/chat/completions", chat(server) | {"stream": True}))
    require(last == "[DONE]", f"it ends with {last[:100]}")
    choices = [choice for chunk in chunks for choice in json.loads(chunk)["choices"]]
    require(choices[-1]["finish_reason"] == "stop", "it did not finish")
    return brief("".join(choice["delta"].get("content") or "" for choice in choices))


def responses_streamed(server: Server) -> str:
    """A streamed response, with its end."""
    wish = {"model": server.model, "input": WISH, "stream": True}
    last = json.loads(events(server.get("/v1/responses", wish))[-1])
    require(last["type"] == "response.completed", f"it ends with {last['type']}")
    return str(last["type"])


CHECKS: tuple[Callable[[Server], str], ...] = (
    health,
    ready,
    shut_without_key,
    models,
    chat_whole,
    chat_streamed,
    responses_streamed,
)


def chat(server: Server) -> dict[str, Any]:
    """The smallest chat request."""
    return {"model": server.model, "messages": [{"role": "user", "content": WISH}]}


def events(stream: str) -> list[str]:
    """The data of every event."""
    found = [line.removeprefix("data: ") for line in stream.split("\n") if line.startswith("data:")]
    require(bool(found), "the stream is empty")
    return found


def brief(text: str) -> str:
    """The beginning of an answer; an empty one is none."""
    require(bool(text), "the answer is empty")
    return json.dumps(text[:60], ensure_ascii=False)


def require(holds: bool, otherwise: str) -> None:
    """Fail the check unless it holds."""
    if not holds:
        raise CheckFailed(otherwise)


def parse_arguments() -> Server:
    """The server that the command line names."""
    parser = argparse.ArgumentParser(description="Does a running codex2api do its main job?")
    parser.add_argument("--url", default="http://127.0.0.1:3000", help="without /v1")
    parser.add_argument("--key", help="a client key; default: the owner's, from its file")
    parser.add_argument("--model", default="gpt-5.5")
    wish = parser.parse_args()
    return Server(wish.url.rstrip("/"), wish.key or local_key(parser), wish.model)


def local_key(parser: argparse.ArgumentParser) -> str:
    """The owner's own key."""
    home = Path(os.environ.get("CODEX2API_HOME") or "~/.codex2api").expanduser()
    path = home / "data" / "local.key"
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        parser.error(f"{path} cannot be read ({error.strerror}); give the key with --key.")


if __name__ == "__main__":
    sys.exit(main())
