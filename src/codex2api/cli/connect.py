"""``codex2api connect``: what to paste into a client, or the client's own file, edited."""

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    print_json,
    say,
    settings_from,
)
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer
    from codex2api.connect import Client, Listening, Note, Setup, Snippet
    from codex2api.settings import Settings

_WINDOW = 272_000
"""Tokens, for a model of which nothing is known."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the options say."""

    model: str | None
    base_url: str | None
    key_name: str | None


@click.command()
@click.argument("client", required=False)
@click.option("--write", is_flag=True, help=_("Edit the client's own file, with a backup."))
@click.option("-y", "--yes", is_flag=True, help=_("With --write: do not ask."))
@click.option("-m", "--model", metavar="MODEL", help=_("Model, or MODEL-EFFORT."))
@click.option("--base-url", metavar="URL", help=_("If the server is reached by another address."))
@click.option(
    "--create-key",
    "key_name",
    metavar="NAME",
    help=_("Create a client key for it, and show it in what is printed."),
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    client: str | None,
    write: bool,
    yes: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Set up a client: print what to paste, or edit its own file.

    Without CLIENT, list the clients. The server need not run.
    """
    if client is None:
        _list(as_json)
        return
    found = _client(client)
    settings = settings_from(ctx)
    server = _running(settings)
    wish = _Wish(**options)
    if write:
        _require_file(found)
    setup = _setup(found, settings, server, wish)
    if write:
        from codex2api.cli.connect_file import write_file

        write_file(found, setup, yes=yes)
    setup = _with_key(setup, settings, wish)
    hints = _hints(found, settings, server, wish, written=write)
    if as_json:
        print_json(_for_programs(found, setup, hints))
        return
    if not write:
        _print(found, setup)
    elif setup.key is not None:
        click.echo(setup.key)
    for hint in hints:
        say(hint)


def _list(as_json: bool) -> None:
    from codex2api.connect import CLIENTS

    if as_json:
        print_json({"schema": 1, "clients": [_described(client) for client in CLIENTS]})
        return
    width = max(len(client.name) for client in CLIENTS)
    titles = max(len(client.title) for client in CLIENTS)
    for client in CLIENTS:
        writes = "  --write" if client.edit else ""
        row = f"{client.name.ljust(width)}  {client.title.ljust(titles)}{writes}"
        click.echo(row.rstrip())
    say(_("What to paste: codex2api connect CLIENT"))


def _client(name: str) -> "Client":
    from codex2api.connect import client_named

    try:
        return client_named(name)
    except LookupError as error:
        fail(str(error.args[0]), Exit.USAGE)


def _require_file(client: "Client") -> None:
    if client.edit is None:
        text = _("{title} has no file that could be edited safely; paste what this prints: {line}")
        fail(text.format(title=client.title, line=f"codex2api connect {client.name}"), Exit.USAGE)


def _running(settings: "Settings") -> "RunningServer | None":
    from codex2api.cli.server.running import find_server

    return find_server(settings)


def _listening(settings: "Settings") -> "Listening":
    from codex2api.connect import Listening

    server = settings.server
    return Listening(server.host, server.port, server.on_loopback, server.allowed_hosts)


def _setup(
    client: "Client", settings: "Settings", server: "RunningServer | None", wish: _Wish
) -> "Setup":
    """What the snippets are filled with, but for the key."""
    from codex2api.connect import Setup, base_url

    named, window = _model(wish.model, server)
    address = (wish.base_url or base_url(client, _listening(settings))).rstrip("/")
    try:
        return Setup(address, named, context_window=window)
    except ValueError as error:
        fail(str(error), Exit.USAGE)


def _with_key(setup: "Setup", settings: "Settings", wish: _Wish) -> "Setup":
    """The same with the key that was wished for: created when nothing can go wrong any more."""
    from dataclasses import replace

    if wish.key_name is None:
        return setup
    from codex2api.cli.keys import make_key

    return replace(setup, key=make_key(settings, wish.key_name))


def _model(wished: str | None, server: "RunningServer | None") -> tuple[str, int]:
    """A model and its context window: by the running server, else by the packaged catalogue."""
    from codex2api.catalog.fallback import FALLBACK

    listed = server.ask("/v1/models") if server else None
    models = listed.get("data") if isinstance(listed, dict) else None
    if models:
        found = next((model for model in models if model["id"] == wished), models[0])
        return wished or str(found["id"]), int(found.get("context_window") or _WINDOW)
    name = wished or next(FALLBACK.listed()).slug
    known = FALLBACK.find(name)  # an account may have models that nobody knew of
    return name, (known.spec.context_window if known else None) or _WINDOW


def _snippets(client: "Client", setup: "Setup") -> "tuple[Snippet, ...]":
    """Those of the client, after the line that sets its variable if a key is to be shown."""
    from codex2api.connect import Snippet
    from codex2api.connect.values import KEY_VARIABLE

    if setup.key is None or client.pastes_key:
        return client.snippets(setup)
    line = Snippet(_("Shell"), "sh", f"{_setting(KEY_VARIABLE, setup.key)}\n")
    return (line, *client.snippets(setup))


def _setting(variable: str, value: str) -> str:
    """The line that sets a variable, in the shell that is usual on this system."""
    if os.name == "nt":
        return f'$env:{variable} = "{value}"'
    return f"export {variable}={value}"


def _print(client: "Client", setup: "Setup") -> None:
    """The snippets on stdout; where each goes is said between them."""
    for place, snippet in enumerate(_snippets(client, setup)):
        if place:
            click.echo()
        say(click.style(snippet.label, bold=True))
        click.echo(snippet.text, nl=False)
    say()


def _hints(
    client: "Client",
    settings: "Settings",
    server: "RunningServer | None",
    wish: _Wish,
    *,
    written: bool,
) -> list[str]:
    from codex2api.connect import conditions

    hints = [_key_hint(client, settings, wish)]
    hints += [_(note) for note in client.notes]
    if wish.base_url is None:
        hints += [_said(note) for note in conditions(client, _listening(settings))]
    if client.edit is not None and not written:
        line = f"codex2api connect {client.name} --write"
        hints.append(_("To have the file edited: {line}").format(line=line))
    if server is None:
        hints.append(_("The server is not running: codex2api serve"))
    return hints


def _key_hint(client: "Client", settings: "Settings", wish: _Wish) -> str:
    """Where the key comes from."""
    from codex2api.connect.values import KEY_PLACEHOLDER, KEY_VARIABLE

    if settings.server.auth == "none":
        return _("This server asks for no key: any text will do for one.")
    name = client.name
    if wish.key_name is not None:
        return _("The key {name!r} is shown this once: keep it now.").format(name=wish.key_name)
    if client.pastes_key:
        text = _("For {placeholder}, create a key: codex2api keys create {name}")
        return text.format(placeholder=KEY_PLACEHOLDER, name=name)
    text = _(
        "It takes its key from {variable}: {line} "
        "(to have it in every shell, write the key into your profile)"
    )
    line = _setting(KEY_VARIABLE, f"$(codex2api keys create {name})")
    return text.format(variable=KEY_VARIABLE, line=line)


def _said(note: "Note") -> str:
    return _(note.text).format(**note.values)


def _described(client: "Client") -> dict[str, Any]:
    return {
        "name": client.name,
        "title": client.title,
        "kind": client.kind,
        "source": client.source,
        "writes": client.edit is not None,
    }


def _for_programs(client: "Client", setup: "Setup", hints: list[str]) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "schema": 1,
        **_described(client),
        "base_url": setup.base_url,
        "model": setup.model,
        "snippets": [asdict(snippet) for snippet in _snippets(client, setup)],
        "hints": hints,
    }
