"""Claude Code with us as its Anthropic."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import checks
from checks import check, expect

CLAUDE = sys.argv[1]
HOME = Path(tempfile.mkdtemp(prefix="codex2api-claude-"))
WORK = HOME / "work"
WORK.mkdir()
RESULTS = 48


def claude(prompt, *options, fails=False):
    """The events of a run that nobody watches."""
    env = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    env |= {
        "HOME": str(HOME),
        "ANTHROPIC_BASE_URL": os.environ["OPENAI_BASE_URL"].removesuffix("/v1"),
        "ANTHROPIC_AUTH_TOKEN": os.environ["OPENAI_API_KEY"],
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_1M_CONTEXT": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "DISABLE_AUTOUPDATER": "1",
    }
    how = ("--output-format", "stream-json", "--verbose")
    done = subprocess.run(
        [CLAUDE, "-p", prompt, *how, *options],
        cwd=WORK,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    expect(events, (done.stdout + done.stderr)[-300:])
    expect(bool(events[-1].get("is_error")) == fails, str(events[-1])[:300])
    return events


def said(events):
    """The last words."""
    return events[-1]["result"]


def blocks(events, kind):
    """All content blocks of a kind."""
    messages = [event["message"] for event in events if event["type"] in ("assistant", "user")]
    contents = [one["content"] for one in messages if isinstance(one["content"], list)]
    return [block for content in contents for block in content if block["type"] == kind]


@check
def turn():
    """A turn (always streamed)."""
    events = claude("hello")
    expect("hello" in said(events), said(events))
    expect(events[-1]["usage"]["input_tokens"] > 0, events[-1]["usage"])


@check
def thinking():
    """A turn with thinking."""
    events = claude("SCENARIO:reasoning hm")
    expect("Simulated thought" in blocks(events, "thinking")[0]["thinking"], events)


@check
def tool():
    """A file read by a tool."""
    (WORK / "simulated").write_text("the content of a file")
    events = claude("SCENARIO:tool_call:tool=Read go", "--allowedTools", "Read")
    expect("the content of a file" in said(events), said(events))


@check
def thinking_tool():
    """Thinking, a shell command and back."""
    events = claude("SCENARIO:reasoning_tool:tool=Bash go", "--allowedTools", "Bash")
    expect(blocks(events, "thinking")[0]["signature"], events)
    expect("command not found" in blocks(events, "tool_result")[0]["content"], events)
    expect("The tool returned" in said(events), said(events))


@check
def parallel():
    """Several tools at once, a subagent among them."""
    events = claude("SCENARIO:parallel_tools:calls=2 go", "--allowedTools", "Bash Agent Task")
    expect(len(blocks(events, "tool_use")) == 2, events)
    expect(len(blocks(events, "tool_result")) == 2, events)


@check
def long_session():
    """A long session: many rounds of several tools."""
    prompt = f"SCENARIO:interleaved_tools:calls=4:rounds={RESULTS} go"
    events = claude(prompt, "--tools", "Bash,Read,Write,Glob", "--allowedTools", "Bash Read Write")
    expect(len(blocks(events, "tool_result")) == RESULTS, events[-1])
    expect("The tool returned" in said(events), said(events))
    expect(events[-1]["usage"]["cache_read_input_tokens"] > 0, events[-1]["usage"])


@check
def resumed():
    """A session that goes on, turn after turn."""
    session = claude("SCENARIO:reasoning one")[-1]["session_id"]
    for word in ("two", "three", "four"):
        events = claude(f"{word}", "--resume", session)
        session = events[-1]["session_id"]
        expect(word in said(events), said(events))


@check
def chosen():
    """A model of ours, by its own name."""
    events = claude("hello", "--model", "gpt-5.5-high")
    expect("gpt-5.5-high" in str(events[-1]["modelUsage"]), events[-1])


@check
def context():
    """How full the context is."""
    expect("tokens" in said(claude("/context")).lower(), "no tokens")


@check
def broken():
    """A broken stream is an error."""
    claude("SCENARIO:cut go", fails=True)


@check
def limited():
    """A limit is an error that says when it refills."""
    events = claude("SCENARIO:usage_limit go", fails=True)
    expect("limit" in said(events).lower(), said(events))


found = subprocess.run([CLAUDE, "--version"], capture_output=True, text=True, check=True).stdout
checks.report(found.split()[0])
