"""``codex2api chat``: one question, or a dialogue, through the running server."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import click

from codex2api.cli.terminal import Exit, fail, hint, json_option, print_json, say, settings_from
from codex2api.cli.waiting import waiting
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer

_PATIENCE = 600.0
_EXITS = {
    "no_account": Exit.SIGN_IN,
    "sign_in_required": Exit.SIGN_IN,
    "consent_required": Exit.SIGN_IN,
    "usage_limit_reached": Exit.LIMIT,
    "rate_limit_exceeded": Exit.LIMIT,
}


@dataclass(slots=True)
class _Told:
    """What a stream tells beside the text."""

    model: str | None = None
    usage: dict[str, Any] | None = None


@dataclass(slots=True)
class Dialogue:
    """What was said so far, and to whom."""

    server: "RunningServer"
    model: str
    effort: str | None
    messages: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> str:
        """Send a message, print the answer as it comes, and remember both."""
        from codex2api.cli.chat_cost import cost_line

        began = time.monotonic()
        self.messages.append({"role": "user", "content": text})
        told = _Told()
        answer = "".join(self._printed(told))
        click.echo()
        self.messages.append({"role": "assistant", "content": answer})
        if sys.stderr.isatty():  # a person's question what it cost; no program's
            hint(cost_line(told.model, told.usage, time.monotonic() - began))
        return answer

    def whole(self, text: str) -> Any:
        """Send a message; the answer's body."""
        self.messages.append({"role": "user", "content": text})
        return json.loads(self._post(stream=False).read())

    def _post(self, *, stream: bool) -> HTTPResponse:
        body = {"model": self.model, "messages": self.messages, "stream": stream}
        if stream:
            body["stream_options"] = {"include_usage": True}
        if self.effort:
            body["reasoning_effort"] = self.effort
        connection = HTTPConnection(self.server.host, self.server.port, timeout=_PATIENCE)
        headers = {
            "authorization": f"Bearer {self.server.key}",
            "content-type": "application/json",
        }
        connection.request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers)
        response = connection.getresponse()
        if response.status != 200:
            _refused(response)
        return response

    def _printed(self, told: _Told) -> Iterator[str]:
        with waiting(_("Thinking …")):
            texts = _stream(self._post(stream=True), told)
            first = next((text for text in texts if text), "")
        for text in chain((first,), texts):
            click.echo(text, nl=False)
            yield text


@click.command()
@click.argument("prompt", nargs=-1)
@click.option("-m", "--model", metavar="MODEL", help="Model, or MODEL-EFFORT.")
@click.option("-e", "--effort", metavar="EFFORT", help="How hard to think.")
@click.option("-s", "--system", metavar="TEXT", help="Instructions for the model.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    prompt: tuple[str, ...],
    model: str | None,
    effort: str | None,
    system: str | None,
    as_json: bool,
) -> None:
    """Ask one question, or hold a dialogue.

    The question is PROMPT, or what is piped in, or both; without either a dialogue begins.
    """
    server = _server(ctx)
    dialogue = Dialogue(server, model or _first_model(server), effort)
    if system:
        dialogue.messages.append({"role": "system", "content": system})
    question = _question(prompt)
    try:
        if as_json and question:
            with waiting(_("Thinking …")):
                answer = dialogue.whole(question)
            print_json(answer)
        elif as_json:
            fail("--json needs a PROMPT.", Exit.USAGE)
        elif question:
            dialogue.say(question)
        else:
            _talk(dialogue)
    except (OSError, HTTPException):
        fail("The connection to the server broke.", Exit.UNREACHABLE)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


def _server(ctx: click.Context) -> "RunningServer":
    from codex2api.cli.server.running import find_server

    settings = settings_from(ctx)
    server = find_server(settings)
    if server is None:
        fail(
            f"No server of yours answers on {settings.server.host} port {settings.server.port}. "
            "Start it with: codex2api serve",
            Exit.UNREACHABLE,
        )
    return server


def _first_model(server: "RunningServer") -> str:
    listed = server.ask("/v1/models")
    models = listed.get("data") if isinstance(listed, dict) else None
    if not models:
        fail("The server lists no models; name one with --model.")
    return str(models[0]["id"])


def _question(prompt: tuple[str, ...]) -> str:
    piped = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    return "\n\n".join(part for part in (" ".join(prompt), piped) if part)


def _talk(dialogue: Dialogue) -> None:
    if not sys.stdin.isatty():
        fail("There is no question: give a PROMPT, or pipe one in.", Exit.USAGE)
    hint(f"{dialogue.model}; an empty line or Ctrl-D ends the dialogue.")
    while True:
        say()
        try:
            text = input("> ").strip()
        except EOFError:
            return
        if not text:
            return
        dialogue.say(text)


def _stream(response: HTTPResponse, told: _Told) -> Iterator[str]:
    """The answer's text as it comes; a failure on the way ends the command."""
    for line in response:
        data = line.removeprefix(b"data: ").strip()
        if not line.startswith(b"data: ") or data == b"[DONE]":
            continue
        chunk = json.loads(data)
        if "error" in chunk:
            click.echo()
            _end(chunk["error"], Exit.FAILED)
        told.model = chunk.get("model") or told.model
        told.usage = chunk.get("usage") or told.usage
        for choice in chunk.get("choices", ()):
            yield choice["delta"].get("content") or ""


def _refused(response: HTTPResponse) -> NoReturn:
    otherwise = Exit.UNREACHABLE if response.status >= 502 else Exit.FAILED
    try:
        error = json.loads(response.read())["error"]
    except (ValueError, KeyError, TypeError):
        fail(f"The server answered with status {response.status}.", otherwise)
    _end(error, otherwise)


def _end(error: dict[str, Any], otherwise: Exit) -> NoReturn:
    fail(str(error.get("message")), _EXITS.get(str(error.get("code")), otherwise))
