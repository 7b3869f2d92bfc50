"""docs/conformance.md tells what the tests know."""

import ast
import re
from datetime import date
from pathlib import Path

from tests.conformance.differences import BEYOND, MENDED

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.split(r"^#+ ", PAGE.split(f" {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_difference_from_the_schema_is_told() -> None:
    told = {
        (schema.strip("`"), field.strip("` "))
        for schema, fields, _ in rows("Where we part from it")
        for field in fields.split(",")
    }
    beyond = {(one.schema, one.field) for one in BEYOND}
    mended = {(one.schema, one.field) for one in MENDED}
    assert told == beyond | mended


def test_every_client_has_a_row_and_every_failure_an_explanation() -> None:
    clients = client_names()
    found = rows("Real clients")
    assert [name for name, *_ in found] == clients
    failed = 0
    for _, version, passed, day in found:
        assert re.fullmatch(r"\d+(\.\w+)+", version)
        count, total = map(int, re.fullmatch(r"(\d+) of (\d+)", passed).groups())  # type: ignore
        failed += total - count
        assert 0 < count <= total
        assert date.fromisoformat(day)
    explanations = re.findall(rf"^- (?:{'|'.join(map(re.escape, clients))}), ", PAGE, re.MULTILINE)
    assert len(explanations) == failed
    assert ("No check failed." in PAGE) == (failed == 0)


def client_names() -> list[str]:
    """As the script has them; it is not imported, for it belongs to no package."""
    calls = [
        node
        for node in ast.walk(ast.parse((ROOT / "scripts" / "conformance.py").read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Client"
    ]
    return [ast.literal_eval(call.args[0]) for call in calls]


def test_no_machine_and_no_registry_is_named() -> None:
    assert re.findall(r"(?:https?://|file:|/(?:home|root|tmp|usr|opt|work)/)\S*", PAGE) == []


def test_every_proof_exists() -> None:
    found = rows("Pains of the field")
    assert [int(number) for number, *_ in found] == list(range(1, 31))
    for _, _, _, proofs in found:
        for proof in re.findall(r"`([^`]+)`", proofs):
            path, *names = proof.split("::")
            text = (ROOT / "tests" / path).read_text("utf-8")
            assert all(re.search(rf"\b(?:def|class) {name}\b", text) for name in names), proof
