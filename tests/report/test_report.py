"""What a report leaves out; values and files in, text out."""

from pathlib import Path

from codex2api.report import Section, Veil, bundle, last_lines, without_words

HEAD = "[2026-11-26T00:55:09.489Z] [error] [req-1] "


def test_a_veil_hides_what_is_known_and_what_looks_secret() -> None:
    veil = Veil(
        ["acc-1", "acc-1-long", "abc"], [(Path("/home/ada/c2a"), "$H"), (Path("/home/ada"), "~")]
    )

    assert veil.over("acc-1-long acc-1 abc") == "[hidden] [hidden] abc"
    assert veil.over("/home/ada/c2a/data /home/ada/x") == "$H/data ~/x"
    assert veil.over("http://ada:pw@proxy:1/") == "http://[hidden]@proxy:1/"
    assert veil.over("ada@example.org sk-aaaaaaaaaaaa") == "[hidden] [hidden]"


def test_bodies_and_texts_of_errors_stay_at_home() -> None:
    lines = [
        f"{HEAD}request.bug path=/v1/x",
        "    | Traceback (most recent call last):",
        '    |   File "/home/ada/lib/python3.11/site-packages/aiohttp/web.py", line 8, in run',
        '    |     raise ValueError("what ada asked")',
        "    | ValueError: what ada asked",
        "    | and more of it",
        f'{HEAD}request.received body="what ada asked"',
    ]

    assert list(without_words(lines)) == [
        f"{HEAD}request.bug path=/v1/x",
        "    | Traceback",
        "    |   aiohttp/web.py:8 in run",
        "    | ValueError",
    ]


def test_the_end_of_the_log_is_in_order_and_whole(tmp_path: Path) -> None:
    def line(minute: int, level: str) -> str:
        return f"[2026-11-26T00:{minute:02}:00.000Z] [{level}] [-] m{minute}"

    (tmp_path / "2026-11-24-info.log").write_text("[2026-11-24T00:00:00.000Z] [info] [-] old\n")
    (tmp_path / "2026-11-25-info.log").write_text("[2026-11-25T00:00:00.000Z] [info] [-] before\n")
    (tmp_path / "2026-11-26-info.log").write_text(f"{line(1, 'info')}\n{line(3, 'info')}\n")
    (tmp_path / "2026-11-26-error.log").write_text(f"cut\n{line(2, 'error')}\n    | Traceback\n")

    assert last_lines(tmp_path, 2) == [line(2, "error"), "    | Traceback", line(3, "info")]
    assert len(last_lines(tmp_path, 100)) == 5
    assert last_lines(tmp_path, 0) == last_lines(tmp_path / "none", 9) == []


def test_a_bundle_says_what_it_is() -> None:
    text = bundle([Section("Log", ["acc-1 said"]), Section("Empty", [])], Veil(["acc-1"]))

    assert "READ IT BEFORE YOU SEND IT" in text
    assert "## Log\n\n[hidden] said\n" in text
    assert "## Empty\n\n(none)\n" in text
