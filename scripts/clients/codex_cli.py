"""The Codex command line with us as its model provider."""

import base64
import json
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import checks
from checks import CITY, MODEL, PIXEL, check, expect

CODEX = sys.argv[1]
SERVER = urlsplit(os.environ["OPENAI_BASE_URL"])
HOME = Path(tempfile.mkdtemp(prefix="codex2api-codex-"))
WORK = HOME / "work"
WORK.mkdir()
SOCKETS = ("-c", "model_providers.codex2api.supports_websockets=true")


class Listener(socketserver.ThreadingTCPServer):
    """Passes everything on to the server, and notes how each connection begins."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Wire)
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Wire(socketserver.BaseRequestHandler):
    """One connection."""

    def handle(self):
        """Pass on in both directions until one side ends."""
        with socket.create_connection((SERVER.hostname, SERVER.port)) as server:
            back = threading.Thread(target=pour, args=(server, self.request), daemon=True)
            back.start()
            first = self.request.recv(65536)
            self.server.asked.append(first.split(b" HTTP/", 1)[0].decode())
            server.sendall(first)
            pour(self.request, server)


def pour(source, target):
    """Pass on what one side says until it is silent."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


WIRE = Listener()
(HOME / "config.toml").write_text(
    f"""
model = "{MODEL}"
model_provider = "codex2api"
[model_providers.codex2api]
name = "codex2api"
base_url = "http://127.0.0.1:{WIRE.server_address[1]}{SERVER.path}"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""
)


def codex(prompt, *options, fails=False):
    """The events of a run."""
    WIRE.asked.clear()
    how = ("--json", "--skip-git-repo-check", "--sandbox", "danger-full-access")
    done = subprocess.run(
        [CODEX, "exec", *how, *options, "--", prompt],
        cwd=WORK,
        env=os.environ | {"CODEX_HOME": str(HOME)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    expect((done.returncode != 0) == fails, (done.stdout + done.stderr)[-300:])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def over_a_socket(prompt):
    """The events of a run that never posts."""
    events = codex(prompt, *SOCKETS)
    expect(f"GET {SERVER.path}/responses" in WIRE.asked, WIRE.asked)
    expect(not any(asked.startswith("POST") for asked in WIRE.asked), WIRE.asked)
    return events


def said(events):
    """The text of the last message."""
    items = [event["item"] for event in events if event["type"] == "item.completed"]
    return [item["text"] for item in items if item["type"] == "agent_message"][-1]


@check
def turn():
    """A turn (always streamed)."""
    expect("simulated" in said(codex("hello")), "no text")


@check
def reasoning():
    """A turn with reasoning."""
    expect("simulated" in said(codex("SCENARIO:reasoning hm")), "no text")


@check
def tool():
    """A shell command and back."""
    expect("codex-tool-ok" in said(codex("SCENARIO:tool_call please")), "no output")


@check
def reasoning_tool():
    """Reasoning, a shell command and back."""
    expect("codex-tool-ok" in said(codex("SCENARIO:reasoning_tool please")), "no output")


@check
def parallel():
    """Two tools at once."""
    events = codex("SCENARIO:parallel_tools please")
    expect("codex-tool-ok" in str(events), events)
    expect("The tool returned" in said(events), events)


@check
def patch():
    """A file written by apply_patch, a custom tool."""
    codex("SCENARIO:custom_tool:tool=apply_patch please")
    expect((WORK / "simulated.txt").exists(), "no file")


@check
def structured():
    """Structured output."""
    schema = HOME / "schema.json"
    schema.write_text(json.dumps(CITY))
    expect("city" in json.loads(said(codex("where", "--output-schema", str(schema)))), "no city")


@check
def vision():
    """Vision."""
    image = HOME / "pixel.png"
    image.write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
    expect("simulated" in said(codex("what", "-i", str(image))), "no text")


@check
def resumed():
    """A session that goes on."""
    thread = next(one["thread_id"] for one in codex("hello") if one["type"] == "thread.started")
    expect("again" in said(codex("again", "resume", thread)), "no text")


@check
def socket_turn():
    """A turn over a WebSocket."""
    expect("simulated" in said(over_a_socket("hello")), "no text")


@check
def socket_tool():
    """Reasoning, a shell command and back over a WebSocket."""
    expect("codex-tool-ok" in said(over_a_socket("SCENARIO:reasoning_tool please")), "no output")


@check
def broken():
    """A broken stream is an error."""
    events = codex("SCENARIO:cut go", fails=True)
    expect(events[-1]["type"] == "turn.failed", events[-1])


found = subprocess.run([CODEX, "--version"], capture_output=True, text=True, check=True).stdout
checks.report(found.split()[-1])
