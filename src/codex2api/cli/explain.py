"""``codex2api explain``: what ChatGPT would be sent for a request, and what became of each wish."""

import json
import sys
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import Exit, coloured, fail, json_option, print_json, settings_from
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer

_PATIENCE = 60.0
_PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses")


@click.command(
    help=_(
        "Show what ChatGPT would be sent for a request, without sending it.\n\n"
        "FILE holds the body of a request as JSON; without it, or for -, it is read from "
        "stdin. The running server tells, by the account that would serve."
    )
)
@click.argument("file", required=False, default="-")
@click.option(
    "--path",
    type=click.Choice(_PATHS),
    help=_("The route it is meant for; else told by its parameters."),
)
@json_option
@click.pass_context
def command(ctx: click.Context, file: str, path: str | None, as_json: bool) -> None:
    """Show what ChatGPT would be sent for a request, without sending it.

    FILE holds the body of a request as JSON; without it, or for -, it is read from stdin. The
    running server tells, by the account that would serve.
    """
    body = _body(file)
    answer = _asked(_server(ctx), path or _path(body), body)
    if as_json:
        print_json(answer)
        return
    from codex2api.cli.explained import difference, summary

    for line in summary(answer):
        click.echo(line)
    click.echo()
    for text, colour in difference(body, answer):
        click.echo(click.style(text, fg=colour) if colour and coloured(sys.stdout) else text)


def _body(file: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
        body = json.loads(text)
    except OSError as error:
        fail(_("{file} cannot be read: {reason}.").format(file=file, reason=error.strerror))
    except (ValueError, RecursionError) as error:
        fail(_("That is no JSON: {reason}.").format(reason=error), Exit.USAGE)
    if not isinstance(body, dict):
        fail(_("The body of a request is a JSON object."), Exit.USAGE)
    return body


def _path(body: dict[str, Any]) -> str:
    """The route that a body is most likely meant for."""
    if "messages" in body:
        return "/v1/chat/completions"
    return "/v1/completions" if "prompt" in body and "input" not in body else "/v1/responses"


def _server(ctx: click.Context) -> "RunningServer":
    from codex2api.cli.server.running import find_server

    server = find_server(settings_from(ctx))
    if server is None:
        text = _("No server of yours answers; start it with: codex2api serve")
        fail(text, Exit.UNREACHABLE)
    return server


def _asked(server: "RunningServer", path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The server's explanation; its refusal ends the command."""
    connection = HTTPConnection(server.host, server.port, timeout=_PATIENCE)
    headers = {
        "authorization": f"Bearer {server.key}",
        "content-type": "application/json",
        "x-codex2api-explain": "1",
    }
    try:
        connection.request("POST", path, json.dumps(body).encode(), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, HTTPException, ValueError):
        fail(_("The connection to the server broke."), Exit.UNREACHABLE)
    finally:
        connection.close()
    if response.status != 200:
        error = answer.get("error", {})
        fail(str(error.get("message")), _exit_code(response.status, str(error.get("code"))))
    explanation: dict[str, Any] = answer
    return explanation


def _exit_code(status: int, code: str) -> Exit:
    if code in ("no_account", "sign_in_required", "consent_required"):
        return Exit.SIGN_IN
    if code == "usage_limit_reached":
        return Exit.LIMIT
    return Exit.UNREACHABLE if status >= 502 else Exit.FAILED
