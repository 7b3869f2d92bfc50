"""``codex2api chat`` against the product on real sockets, as a process of its own."""

import asyncio
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from codex2api.cli.chat_cost import cost_line
from tests.cli.at_terminal import at_terminal
from tests.cli.signed_in import signed_in
from tests.served import served


@dataclass(frozen=True)
class Ended:
    code: int
    stdout: str
    stderr: str


async def chat(home: Path, url: str, arguments: Sequence[str], stdin: str = "") -> Ended:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "codex2api", "chat", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"CODEX2API_HOME": str(home), "HOME": str(home), "PORT": str(urlsplit(url).port)},
    )
    out, err = await process.communicate(stdin.encode())
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def test_one_question_streamed_piped_and_whole(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        spoken = await chat(tmp_path, server.url, ["hello", "there"])
        piped = await chat(tmp_path, server.url, ["-s", "be brief"], "from a pipe")
        whole = await chat(tmp_path, server.url, ["--json", "-m", "gpt-5.5", "-e", "low", "hi"])

    assert (spoken.code, spoken.stderr) == (0, "")
    assert "hello there" in spoken.stdout
    assert "from a pipe" in piped.stdout
    assert json.loads(whole.stdout)["model"] == "gpt-5.5"


async def test_models_that_come_late_are_waited_for(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        server.simulator.state.backend_switches.models_delay = 2.5
        answer = await chat(tmp_path, server.url, ["hello"])

    assert (answer.code, answer.stderr) == (0, "")


def test_a_person_sees_what_an_answer_cost(tmp_path: Path) -> None:
    with signed_in(tmp_path) as server:
        env = {"PORT": str(server.port)}
        with at_terminal(tmp_path, "chat", "-m", "gpt-5.5", env=env) as terminal:
            terminal.wait_for("> ")
            terminal.type("hello there\n")
            terminal.wait_for(" at list price", times=1)
            terminal.wait_for("> ", times=2)
            terminal.type("\n")
            assert terminal.end() == 0
        with at_terminal(tmp_path, "-q", "chat", "-m", "gpt-5.5", "hi", env=env) as quiet:
            assert quiet.end() == 0 or quiet.seen

    found = re.search(r"[\d,]+ in, [\d,]+ out, [\d.]+ s, \$[\d.]+ at list price", terminal.seen)
    assert found, terminal.seen
    assert "an empty line or Ctrl-D ends the dialogue" in terminal.seen
    assert "list price" not in quiet.seen


def test_a_line_of_costs() -> None:
    usage = {"prompt_tokens": 1400, "completion_tokens": 22}

    assert cost_line("gpt-5.5", usage, 0.94).startswith("1,400 in, 22 out, 0.9 s, $0.")
    assert cost_line("unheard-of", usage, 1) == "1,400 in, 22 out, 1.0 s"
    assert cost_line(None, None, 1) == "1.0 s"


async def test_refusals_end_with_their_exit_code(tmp_path: Path) -> None:
    async with served(tmp_path, signed_in=False) as server:
        unknown = await chat(tmp_path, server.url, ["-m", "nope", "hi"])
        nobody = await chat(tmp_path, server.url, ["hi"])
        empty = await chat(tmp_path, server.url, [])

    assert (nobody.code, unknown.stdout, nobody.stdout) == (4, "", "")
    assert "codex2api login" in nobody.stderr
    assert unknown.code in (1, 4)
    assert empty.code == 2


async def test_a_stranger_on_the_port_never_gets_the_key(tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        body = b'{"status":"ok","proof":"0"}'
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "local.key").write_text("sk-codex2api-the-owners-own-key")
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as stranger:
        port = stranger.sockets[0].getsockname()[1]
        ended = await chat(tmp_path, f"http://127.0.0.1:{port}", ["hi"])

    assert ended.code == 3
    assert "codex2api serve" in ended.stderr
    assert heard
    assert b"the-owners-own-key" not in b"".join(heard)
