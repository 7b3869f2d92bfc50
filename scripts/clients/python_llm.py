"""``llm``, the command line of Simon Willison, as a person would use it."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import checks
from checks import CITY, MODEL, PIXEL, check, expect

HOME = Path(tempfile.mkdtemp(prefix="codex2api-llm-"))
NAME = "mine"
(HOME / "extra-openai-models.yaml").write_text(
    json.dumps(
        [
            {
                "model_id": NAME,
                "model_name": MODEL,
                "api_base": os.environ["OPENAI_BASE_URL"],
                "api_key_name": "mine",
                "supports_tools": True,
                "supports_schema": True,
                "vision": True,
            },
            {
                "model_id": "unknown",
                "model_name": "gpt-no",
                "api_base": os.environ["OPENAI_BASE_URL"],
                "api_key_name": "mine",
            },
        ]
    )
)
(HOME / "keys.json").write_text(json.dumps({"mine": os.environ["OPENAI_API_KEY"]}))
TOOL = 'def get_weather(city: str) -> str:\n    "Weather of a city"\n    return f"hail in {city}"\n'


def llm(*arguments, model=NAME, fails=False):
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "llm", "-m", model, *arguments],
        env=os.environ | {"LLM_USER_PATH": str(HOME)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    expect((done.returncode != 0) == fails, done.stderr[-300:])
    return done.stderr if fails else done.stdout


@check
def whole():
    """Whole."""
    expect("simulated" in llm("--no-stream", "hello"), "no text")


@check
def streamed():
    """Streamed."""
    expect("simulated" in llm("hello"), "no text")


@check
def conversation():
    """A conversation that goes on."""
    llm("hello")
    expect("simulated" in llm("-c", "and now"), "no text")


@check
def tool():
    """Tool round trip."""
    expect("hail in" in llm("--functions", TOOL, "SCENARIO:tool_call weather?"), "no result")


@check
def parallel():
    """Parallel tools, streamed."""
    said = llm("--functions", TOOL, "SCENARIO:interleaved_tools go")
    expect("hail in" in said, said)


@check
def structured():
    """Structured output."""
    expect("city" in json.loads(llm("--schema", json.dumps(CITY), "where")), "no city")


@check
def vision():
    """Vision."""
    image = HOME / "pixel.png"
    image.write_bytes(base64.b64decode(PIXEL.partition(",")[2]))
    expect("simulated" in llm("-a", str(image), "what"), "no text")


@check
def error():
    """An unknown model is an error that names it."""
    said = llm("hello", model="unknown", fails=True)
    expect("gpt-no" in said, said)


checks.report(version("llm"))
