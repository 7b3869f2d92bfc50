"""Write ``docs/parameters.md`` from the tables that the routes enforce.

python scripts/write_parameters.py
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from codex2api.api.hot_routes import DIALECTS
from codex2api.dialects.files import FILE_PARAMETERS
from codex2api.dialects.images.parameters import EDIT_PARAMETERS, GENERATION_PARAMETERS
from codex2api.dialects.messages.parameters import COUNT_PARAMETERS as MESSAGE_COUNT_PARAMETERS
from codex2api.dialects.parameters import Fate, Parameter, ParameterTable
from codex2api.dialects.responses.compaction import COMPACTION_PARAMETERS
from codex2api.dialects.responses.counting import COUNT_PARAMETERS
from codex2api.dialects.transcription import TRANSCRIPTION_PARAMETERS
from codex2api.protocol.json import Json, encode

PAGE = Path(__file__).parents[1] / "docs" / "parameters.md"

TABLES: Mapping[str, ParameterTable] = {
    **{dialect.path: dialect.parameters for dialect in DIALECTS},
    "/v1/messages/count_tokens": MESSAGE_COUNT_PARAMETERS,
    "/v1/responses/compact": COMPACTION_PARAMETERS,
    "/v1/responses/input_tokens": COUNT_PARAMETERS,
    "/v1/images/generations": GENERATION_PARAMETERS,
    "/v1/images/edits": EDIT_PARAMETERS,
    "/v1/audio/transcriptions": TRANSCRIPTION_PARAMETERS,
    "/v1/files": FILE_PARAMETERS,
}
"""Every table, by its route."""

_INTRODUCTION = """\
# Parameters

<!-- Written by `make docs` from the tables in src/codex2api/dialects; change it there. -->

Nothing that you ask for is dropped in silence. Every parameter of OpenAI's published API, and of
Anthropic's for `/v1/messages`, has a row here, and the server acts by these same rows:

| fate | means |
|---|---|
| mapped | the backend honours it |
| emulated | codex2api honours it itself |
| dropped | nobody can honour it: the request is served without it, and the answer says so |
| refused | without it the answer would be a different thing altogether: 400, and `param` names it |

A parameter that is not listed counts as dropped. A value under "asks for nothing" asks for what
happens anyway; it is neither named nor refused, and neither is `null`.

## What the answer says

These headers are on every answer that has something to tell, whole or streamed:

| header | lists |
|---|---|
| `x-codex2api-dropped` | parameters that were dropped |
| `x-codex2api-emulated` | parameters that codex2api honoured itself |
| `x-codex2api-adjusted` | wishes that the model takes in another form only: `effort:minimal->low` |

Beside whole parameters the first one names what *this model* or the backend cannot honour of one
that is mapped: `service_tier`, `text.verbosity`, `reasoning.summary`, `include:…`, `input[3]`.

## Strict mode

With the request header `x-codex2api-strict: 1`, or for everybody with the setting
[`codex.strict`](configuration.md), whatever would be dropped is refused instead: 400 with code
`unsupported_parameter`, `param` names it, and nothing is sent to the backend. What is emulated or
adjusted is served, and named, as before. The header can be `1` or `0`, and cannot weaken the
setting.

## Limits, stop sequences and several choices

The backend has none of them. codex2api cuts its stream and closes it there: before a stop sequence,
of which no character is ever shown, or when a limit is reached (`finish_reason: length`,
`response.incomplete`). [Tokens are counted](input-tokens.md) piece by piece as the text arrives:
exactly if the tokenizer is installed, else by an estimate that is mostly within a tenth. Thoughts
are not counted against a limit. The usage of an answer that was cut is by the same count and lacks
the packaged prompt: the backend tells the true one with an end that is never reached.

Every choice is a call of its own, with its prompt, and the usage adds them up.
`codex.maxChoices` limits how many answers to one prompt may be asked for, and how many calls are
made at once: further prompts wait for their turn.

## How a text is completed

`/v1/completions` has a chat model continue a text, by an instruction that says so. It keeps
OpenAI's default of 16 for `max_tokens`, because clients of that route rely on it; ask for more to
get more. With `suffix` the model is told to fill the gap between the two. Choices are numbered
prompt by prompt, as at OpenAI. Reasoning is not shown, and for short texts a model or alias that
thinks little answers much sooner.
"""


def page(tables: Mapping[str, ParameterTable]) -> str:
    """The whole page."""
    sections = [line for path, table in tables.items() for line in _section(path, table)]
    return "\n".join([_INTRODUCTION, *sections])


def _section(path: str, table: ParameterTable) -> Iterator[str]:
    yield f"## POST {path}"
    yield ""
    yield "| parameter | fate | | asks for nothing |"
    yield "|---|---|---|---|"
    for fate in Fate:
        for name, row in table.rows.items():
            if row.fate is fate:
                yield _row(name, row)
    yield ""


def _row(name: str, row: Parameter) -> str:
    harmless = [_code(value) for value in row.harmless]
    if row.same_as:
        harmless.append(f"the value of `{row.same_as}`")
    return f"| `{name}` | {row.fate} | {row.note} | {', '.join(harmless)} |"


def _code(value: Json) -> str:
    return f"`{encode(value).decode()}`"


if __name__ == "__main__":
    PAGE.write_text(page(TABLES), encoding="utf-8")
