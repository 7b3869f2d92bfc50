"""Write ``docs/clients.md`` from the clients that ``codex2api connect`` knows.

python scripts/write_clients.py
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from codex2api.connect import CLIENTS, Client, Listening, Setup, base_url, conditions
from codex2api.connect.values import Kind

PAGE = Path(__file__).parents[1] / "docs" / "clients.md"

_MODEL = "gpt-5.5"
_SERVER = Listening("127.0.0.1", 3000)

_HEADINGS = {
    Kind.SDK: "Libraries",
    Kind.SHELL: "Programs of the terminal",
    Kind.EDITOR: "Editors",
    Kind.APP: "Apps",
}

_INTRODUCTION = """\
# Clients

<!-- Written by `make docs` from src/codex2api/connect; change it there. -->

Every program that speaks the OpenAI API can use codex2api. For those on this page it prints what
to paste, with your address filled in:

```sh
codex2api connect                                   # what it knows
codex2api connect codex                             # what to paste, and where
codex2api connect codex --write                     # edit Codex' own file
codex2api connect cursor --create-key cursor        # with a key made for it
codex2api connect open-webui --model gpt-5.5-high
```

`--write` shows what would change and asks first; `-y` does not ask. The file that was there stays
beside it, with the time and `.bak` in its name. What is not ours in it stays as it is, a second
time changes nothing, and where that cannot be promised (a file with comments, say, whose comments
would get lost) nothing is written. No key is ever written into a file.

The snippets of libraries and programs of the terminal take the key from the variable
`CODEX2API_KEY`. Give each program a key of its own, which you can limit and revoke
([client keys](keys.md)):

```sh
export CODEX2API_KEY=$(codex2api keys create laptop)
```

For any other program: the base URL is `http://127.0.0.1:3000/v1` (for the Anthropic API without
`/v1`), the model one of `codex2api models`, or `MODEL-EFFORT` such as `gpt-5.5-high`.

`python scripts/snippets.py` fetches the real clients and runs what stands here against the
[simulator](simulator.md).
"""


def page(clients: Iterable[Client]) -> str:
    """The whole page."""
    found = list(clients)
    sections = [line for kind in Kind for line in _kind(kind, found)]
    return "\n".join([_INTRODUCTION, *sections])


def _kind(kind: Kind, clients: list[Client]) -> Iterator[str]:
    yield f"## {_HEADINGS[kind]}"
    yield ""
    for client in clients:
        if client.kind is kind:
            yield from _section(client)


def _section(client: Client) -> Iterator[str]:
    yield f"### {client.title}"
    yield ""
    flag = " --write" if client.edit else ""
    yield f"`codex2api connect {client.name}{flag}` ([how it is configured]({client.source}))"
    yield ""
    for snippet in client.snippets(Setup(base_url(client, _SERVER), _MODEL)):
        yield f"{snippet.label}:"
        yield ""
        yield f"```{snippet.language}"
        yield snippet.text.rstrip()
        yield "```"
        yield ""
    for note in client.notes:
        yield f"- {note}"
    for condition in conditions(client, _SERVER):
        yield f"- {condition.text.format(**condition.values)}"
    if client.notes or conditions(client, _SERVER):
        yield ""


if __name__ == "__main__":
    PAGE.write_text(page(CLIENTS), encoding="utf-8")
