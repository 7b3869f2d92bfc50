"""``make demo``: the whole thing on a machine with nothing prepared, against a simulated ChatGPT.

Starts the simulator and the server as they are started by hand, signs in through the real OAuth
flow, asks for a streamed and a whole answer with the official ``openai`` client, and goes on
serving until Ctrl-C. With ``ONESHOT=1`` it ends after the answers. Everything lives in a temporary
home; the settings and the sign-in of whoever runs it are neither read nor touched.
"""

import json
import os
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from children import PATIENCE, Child, DemoFailed, browse, free_port, running
from openai import DefaultHttpxClient, OpenAI, OpenAIError
from openai.types.chat import ChatCompletionMessageParam
from rich.console import Console
from rich.markup import escape

CALLBACK_PORTS = (1455, 1457)
MODEL = "gpt-5.5"

out = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Run the demo; gives the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        with tempfile.TemporaryDirectory(prefix="codex2api-demo-") as home:
            run(Path(home), oneshot=os.environ.get("ONESHOT", "") not in ("", "0"))
    except DemoFailed as failure:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f" [red]✗[/] {escape(str(failure))}"
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def run(home: Path, *, oneshot: bool) -> None:
    """Every step in order."""
    out.print(
        "\n[bold]codex2api[/]: a real sign-in and real requests to a [bold]simulated[/] ChatGPT."
    )
    out.print("It knows nothing; its answers are made up on this machine, and nothing leaves it.\n")
    require_callback_port()
    with running("Simulated ChatGPT", home, "simulate", free_port()) as chatgpt:
        done(f"Simulated ChatGPT  {chatgpt.url}")
        configure(home, chatgpt.url)
        with running("codex2api", home, "serve", free_port(3000), "--no-login") as server:
            done(f"codex2api          {server.url}")
            key = (home / "data" / "local.key").read_text("utf-8").strip()
            sign_in(server.url, key)
            ask(server.url, key)
            if not oneshot:
                invite(server.url, key)
                serve_until_interrupted(chatgpt, server)


def require_callback_port(ports: tuple[int, ...] = CALLBACK_PORTS) -> None:
    """See early that the browser has somewhere to come back to."""
    if not any(free_port(port) == port for port in ports):
        names = " or ".join(map(str, ports))
        raise DemoFailed(f"The sign-in needs port {names}, and other programs use both of them.")


def configure(home: Path, chatgpt: str) -> None:
    """Point the server at the simulation; a config file of its own keeps others out."""
    settings = {"oauth": {"issuer": chatgpt}, "backend": {"url": f"{chatgpt}/backend-api"}}
    (home / "config.json").write_text(json.dumps(settings), "utf-8")


def sign_in(server: str, key: str) -> None:
    """Sign in as a person would: open the address, follow where it leads, and wait."""
    login = fetch(f"{server}/auth/login", key, {})
    try:
        browse(login["authorization_url"])
    except OSError as error:
        raise DemoFailed(f"The sign-in page led nowhere: {error}.") from error
    ends = time.monotonic() + PATIENCE
    while (progress := fetch(f"{server}/auth/login/{login['state']}", key))["status"] == "pending":
        if time.monotonic() > ends:
            raise DemoFailed("The sign-in was begun, but nobody came back from it.")
        time.sleep(0.1)
    if progress["status"] != "signed_in":
        raise DemoFailed(f"The sign-in failed: {progress.get('message')}")
    done(f"Signed in          OAuth with PKCE, back by way of {login['redirect_uri']}")


def ask(server: str, key: str) -> None:
    """One streamed and one whole chat completion, as any program would ask for them."""
    # A proxy of this machine's owner has no business here.
    http = DefaultHttpxClient(trust_env=False)
    with OpenAI(base_url=f"{server}/v1", api_key=key, max_retries=0, http_client=http) as client:
        try:
            ask_streamed(client, "What are you?")
            ask_whole(client, "Who pays for this answer?")
        except OpenAIError as error:
            raise DemoFailed(f"The question was not answered: {error}") from error


def ask_streamed(client: OpenAI, question: str) -> None:
    """Print an answer as it comes."""
    messages = begin("streamed", question)
    text, reason = "", None
    for chunk in client.chat.completions.create(model=MODEL, messages=messages, stream=True):
        for choice in chunk.choices:
            piece, reason = choice.delta.content or "", choice.finish_reason or reason
            text += piece
            out.print(piece, end="", markup=False)
    out.print()
    require_complete(text, reason)


def ask_whole(client: OpenAI, question: str) -> None:
    """Print an answer that comes at once."""
    messages = begin("whole", question)
    answer = client.chat.completions.create(model=MODEL, messages=messages)
    text = answer.choices[0].message.content or ""
    out.print(text, markup=False)
    require_complete(text, answer.choices[0].finish_reason)


def begin(how: str, question: str) -> list[ChatCompletionMessageParam]:
    """Print the question and who answers it; gives the conversation."""
    out.print(f"\n [bold]you[/]      {question}  [dim]({how})[/]")
    out.print(f" [bold cyan]{MODEL}[/]  ", end="")
    return [{"role": "user", "content": question}]


def require_complete(text: str, reason: str | None) -> None:
    """An answer that is empty or cut short is a failed demo."""
    if not text or reason != "stop":
        raise DemoFailed(f"The answer is not complete: its finish_reason is {reason}.")


def invite(server: str, key: str) -> None:
    """Tell how to go on by hand."""
    out.print("\n[bold]Try it yourself[/]\n")
    body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "Hello!"}]})
    out.print(
        f"  curl {server}/v1/chat/completions \\\n"
        f'    -H "Authorization: Bearer {key}" \\\n'
        f'    -H "Content-Type: application/json" \\\n'
        f"    -d '{body}'",
        markup=False,
    )
    out.print("\nWith your own ChatGPT account: [bold]make run[/]")


def serve_until_interrupted(*children: Child) -> None:
    """Stay until Ctrl-C."""
    try:
        out.print("\nServing until Ctrl-C.")  # in here: who reads it may press at once
        while True:
            for child in children:
                child.require_alive()
            time.sleep(0.2)
    except KeyboardInterrupt:
        out.print("\nStopped; nothing was kept.")


def fetch(url: str, key: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """JSON from our own server; with a body, by POST."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    try:
        return dict(json.loads(browse(urllib.request.Request(url, data, headers))))
    except OSError as error:
        raise DemoFailed(f"{url} did not answer as it should: {error}.") from error


def done(what: str) -> None:
    """Print a step that went well."""
    out.print(f" [green]✓[/] {what}")


def _leave(number: int, _: object) -> None:
    """SIGTERM: leave as Ctrl-C does, ending the children on the way."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
