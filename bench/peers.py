"""Other servers to compare with: installed into folders of their own, aimed at the simulator.

    python -m bench.peers --dir /tmp/peers      # install, start and ask each once
    make bench ARGS="--peers /tmp/peers"        # measure all of them

ChatMock, codex-lb and LiteLLM come from PyPI, openai-oauth and Portkey's gateway from npm. One that
cannot be installed or started is named with the reason. Nothing leaves this machine but the
installation: each peer gets a forged sign-in and the simulator as its backend.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.own import forged_tokens
from bench.processes import NotThereError, wait_for_port
from bench.targets import (
    BUILD,
    LOAD_CORE,
    SERVER_CORE,
    Target,
    build,
    free_port,
    started,
)
from bench.works import WORKS, body

_PATIENCE = 120.0


class NotInstalledError(Exception):
    """It could not be installed; the text says why."""


@dataclass(frozen=True)
class Launch:
    """How a peer is started.

    Attributes:
        environment: Beside that of this process.
        headers: ``NAME: VALUE`` that its callers send.
        then: What remains to be set by its own API once it serves.
    """

    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    headers: list[str] = field(default_factory=list)
    model: str = "gpt-5.4"
    then: Callable[[str], None] | None = None


@dataclass(frozen=True)
class Peer:
    """A peer.

    Attributes:
        package: With its version, as pip or npm takes it.
        launch: Told its folder, a port of its own, and the simulator's.
        python: Which Python it needs, by name; empty where it comes from npm.
        works: What it can be asked.
    """

    name: str
    package: str
    launch: Callable[[Path, int, int], Launch]
    python: str = ""
    works: tuple[str, ...] = tuple(WORKS)

    @property
    def version(self) -> str:
        return self.package.replace("==", "@").rpartition("@")[2]

    def install(self, folder: Path) -> None:
        """Install it, unless it is there.

        Raises:
            NotInstalledError: It cannot be.
        """
        done = folder / "installed"
        if done.exists() and done.read_text() == self.package:
            return
        folder.mkdir(parents=True, exist_ok=True)
        if self.python:
            _run([_program(self.python), "-m", "venv", str(folder / "venv")])
            _run([str(folder / "venv/bin/pip"), "install", "--quiet", self.package])
        else:
            npm = _program("npm")
            _run([npm, "install", "--silent", "--prefix", str(folder), self.package])
        done.write_text(self.package)


def _chatmock(folder: Path, port: int, sim_port: int) -> Launch:
    """The backend's address is a constant of its code."""
    (config,) = folder.glob("venv/lib/python3*/site-packages/chatmock/config.py")
    lines = config.read_text().splitlines()
    ours = f'CHATGPT_CODEX_BASE_URL = "http://127.0.0.1:{sim_port}/backend-api/codex"'
    kept = [ours if line.startswith("CHATGPT_CODEX_BASE_URL =") else line for line in lines]
    config.write_text("\n".join(kept) + "\n")
    _auth_file(folder)
    serve = [str(folder / "venv/bin/chatmock"), "serve", "--port", str(port), "--no-model-sync"]
    return Launch(serve, {"CHATGPT_LOCAL_HOME": str(folder)})


def _codex_lb(folder: Path, port: int, sim_port: int) -> Launch:
    """Each start begins with an empty database; the account is imported over its API."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    auth = _auth_file(folder)
    settings = {
        "UPSTREAM_BASE_URL": f"http://127.0.0.1:{sim_port}/backend-api",
        "UPSTREAM_STREAM_TRANSPORT": "http",
        "USAGE_REFRESH_ENABLED": "false",
        "TELEMETRY_ENABLED": "false",
        "MODEL_REGISTRY_ENABLED": "false",
        "DATA_DIR": str(data),
        "DATABASE_URL": f"sqlite+aiosqlite:///{data}/store.db",
        "ENCRYPTION_KEY_FILE": str(data / "key"),
    }

    def sign_in(url: str) -> None:
        _upload(f"{url}/api/accounts/import", auth)
        # Eight streams at once is its policy for an account, and no speed.
        limits = {"proxyAccountResponseCreateLimit": 1000, "proxyAccountStreamLimit": 1000}
        _send(f"{url}/api/settings", json.dumps(limits).encode(), "application/json", "PUT")

    serve = [str(folder / "venv/bin/codex-lb"), "--host", "127.0.0.1", "--port", str(port)]
    named = {f"CODEX_LB_{name}": value for name, value in settings.items()}
    return Launch(serve, named | {"HOME": str(folder)}, then=sign_in)


def _litellm(folder: Path, port: int, sim_port: int) -> Launch:
    tokens = _auth_file(folder)["tokens"]
    (folder / "auth.json").write_text(json.dumps(tokens))
    config = folder / "config.yaml"
    model = {"model_name": "gpt-5.4", "litellm_params": {"model": "chatgpt/gpt-5.4"}}
    settings = {"model_list": [model], "general_settings": {"master_key": "sk-bench"}}
    config.write_text(json.dumps(settings))  # which is YAML, too
    serve = [str(folder / "venv/bin/litellm"), "--config", str(config), "--host", "127.0.0.1"]
    serve += ["--port", str(port), "--num_workers", "1", "--telemetry", "False"]
    upstream = {
        "CHATGPT_API_BASE": f"http://127.0.0.1:{sim_port}/backend-api/codex",
        "CHATGPT_TOKEN_DIR": str(folder),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    return Launch(serve, upstream, ["Authorization: Bearer sk-bench"])


def _openai_oauth(folder: Path, port: int, sim_port: int) -> Launch:
    _auth_file(folder)
    serve = [_program("node"), str(folder / "node_modules/openai-oauth/dist/cli.js")]
    serve += ["--port", str(port), "--oauth-file", str(folder / "auth.json")]
    serve += ["--base-url", f"http://127.0.0.1:{sim_port}/backend-api/codex"]
    return Launch([*serve, "--models", "gpt-5.4"])


def _portkey(folder: Path, port: int, sim_port: int) -> Launch:
    """It passes chat completions on as they are.

    Of what Node's fetch answers, the headers cannot be changed, as it wants to: they are copied.
    """
    preload = folder / "preload.mjs"
    preload.write_text(
        "const real = globalThis.fetch;\n"
        "globalThis.fetch = async (...asked) => {\n"
        "  const { body, status, headers } = await real(...asked);\n"
        "  return new Response(body, { status, headers: new Headers(headers) });\n"
        "};\n"
    )
    server = folder / "node_modules/@portkey-ai/gateway/build/start-server.js"
    serve = [_program("node"), "--import", str(preload), str(server), f"--port={port}"]
    headers = [
        "x-portkey-provider: openai",
        f"x-portkey-custom-host: http://127.0.0.1:{sim_port}/v1",
        "Authorization: Bearer sk-bench",
    ]
    return Launch([*serve, "--headless"], headers=headers)


PEERS = (
    Peer("ChatMock", "chatmock==1.40", _chatmock, "python3"),
    Peer("codex-lb", "codex-lb==1.24.0", _codex_lb, "python3.13"),
    Peer("openai-oauth", "openai-oauth@2.0.0", _openai_oauth),
    Peer("LiteLLM", "litellm[proxy]==1.106.2", _litellm, "python3"),
    Peer("Portkey", "@portkey-ai/gateway@1.15.2", _portkey),
)


@contextmanager
def running_peers(
    folder: Path, sim_port: int, missing: list[str], only: list[str] | None = None
) -> Iterator[list[Target]]:
    """All peers that can be had, each asked once; the reasons of the others go to ``missing``."""
    with ExitStack() as stack:
        targets = []
        for peer in PEERS:
            if only and peer.name not in only:
                continue
            try:
                peer.install(folder / peer.name)
                targets.append(stack.enter_context(_running(peer, folder / peer.name, sim_port)))
            except (NotInstalledError, NotThereError, OSError, ValueError) as reason:
                missing.append(f"{peer.name} ({peer.package}): {reason}")
        yield targets


@contextmanager
def _running(peer: Peer, folder: Path, sim_port: int) -> Iterator[Target]:
    port = free_port()
    launch = peer.launch(folder, port, sim_port)
    environment = os.environ | launch.environment
    with (
        (folder / "log").open("wb") as log,
        started(SERVER_CORE, launch.command, env=environment, stdout=log, stderr=log),
    ):
        wait_for_port(port, _PATIENCE)
        target = Target(
            peer.name,
            f"http://127.0.0.1:{port}",
            launch.headers,
            model=launch.model,
            works=list(peer.works),
        ).found()
        if launch.then is not None:
            launch.then(target.url)
        _ask(target)
        yield target


def _ask(target: Target) -> None:
    """Raises ``NotThereError`` unless it answers a streamed question whole."""
    question = body(WORKS["single"], target.model)
    headers = dict(header.split(": ", 1) for header in target.headers)
    url = f"{target.url}{target.paths['chat']}"
    answer = _send(url, question, "application/json", "POST", headers)
    if b"TOKFIRST" not in answer or b"TOKLAST" not in answer:
        raise NotThereError(f"it answered {answer[:300]!r}")


def _auth_file(folder: Path) -> dict[str, dict[str, str]]:
    """The sign-in as Codex keeps it, for an account that is none."""
    forged = forged_tokens(0, {"email": "bench@example.com", "chatgpt_plan_type": "pro"})
    tokens = {
        "id_token": forged["access_token"],
        "access_token": forged["access_token"],
        "refresh_token": forged["refresh_token"],
        "account_id": forged["account_id"],
    }
    auth = {"tokens": tokens, "last_refresh": "2100-01-01T00:00:00Z"}
    (folder / "auth.json").write_text(json.dumps(auth))
    return auth  # type: ignore[return-value]


def _upload(url: str, auth: object) -> None:
    edge = "bench-edge"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="auth_json"; filename="auth.json"\r\n'
    content = f"{head}Content-Type: application/json\r\n\r\n{json.dumps(auth)}\r\n--{edge}--\r\n"
    _send(url, content.encode(), f"multipart/form-data; boundary={edge}")


def _send(
    url: str,
    content: bytes,
    kind: str,
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> bytes:
    asked = {"Content-Type": kind} | (headers or {})
    request = urllib.request.Request(url, content, asked, method=method)
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        raise NotThereError(f"{url} answered {error.code}: {error.read(300)!r}") from None


def _program(name: str) -> str:
    """A program by its name; a Python that only pyenv knows is found, too."""
    found = shutil.which(name)
    if found is None and name.startswith("python3."):
        versions = sorted(Path.home().glob(f".pyenv/versions/{name[6:]}.*/bin/python"))
        found = str(versions[-1]) if versions else None
    if found is None:
        raise NotInstalledError(f"{name} is not installed")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NotInstalledError(f"{Path(command[0]).name} failed: {' '.join(last)}")


def main() -> None:
    """Install them, start them, and say what works."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description="Install the peers.")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--sim-port", type=int, default=9100)
    parser.add_argument("--only", metavar="NAME,…", type=lambda text: text.split(","))
    options = parser.parse_args()
    build()
    missing: list[str] = []
    with started(LOAD_CORE, [str(BUILD / "sim"), "127.0.0.1", str(options.sim_port)]):
        wait_for_port(options.sim_port)
        with running_peers(options.dir.resolve(), options.sim_port, missing, options.only) as found:
            for target in found:
                print(f"{target.name} answers.")
    print("\n".join(missing))
    sys.exit(bool(missing))


if __name__ == "__main__":
    main()
