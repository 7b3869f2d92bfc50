"""The Codex command line with us as its model provider, over HTTP."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import checks
from checks import CITY, MODEL, PIXEL, check, expect

CODEX = sys.argv[1]
HOME = Path(tempfile.mkdtemp(prefix="codex2api-codex-"))
WORK = HOME / "work"
WORK.mkdir()
(HOME / "config.toml").write_text(
    f"""
model = "{MODEL}"
model_provider = "codex2api"
[model_providers.codex2api]
name = "codex2api"
base_url = "{os.environ["OPENAI_BASE_URL"]}"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
"""
)


def codex(prompt, *options, fails=False):
    """The events of a run."""
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
def broken():
    """A broken stream is an error."""
    events = codex("SCENARIO:cut go", fails=True)
    expect(events[-1]["type"] == "turn.failed", events[-1])


found = subprocess.run([CODEX, "--version"], capture_output=True, text=True, check=True).stdout
checks.report(found.split()[-1])
