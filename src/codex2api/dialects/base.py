"""What a dialect is, and the walk that every dialect shares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from codex2api.dialects.manners import OPENAI, Manners
from codex2api.dialects.openai_files import Fill
from codex2api.dialects.parameters import ParameterTable, Survey
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.errors import ApiError, Kind
from codex2api.protocol.bounds import NO_BOUNDS, Bounds
from codex2api.protocol.events import Batch, Response
from codex2api.protocol.json import MAX_DEPTH_ERROR
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import Frame


class ReplyHead(msgspec.Struct, frozen=True):
    """What every chunk of an answer repeats; passed in, so that equal events give equal frames.

    Attributes:
        id: Random and unique, without a prefix; dialects that mint ids put theirs before it.
        created: Unix seconds.
        model: The model that serves, as resolved from the caller's name.
        stored: Whether the answer is going to be kept for later.
        reasoning: Where the caller wants to see it, for dialects that have no place of their own.
    """

    id: str
    created: int
    model: str
    stored: bool = False
    reasoning: ReasoningStyle = ReasoningStyle.REASONING_CONTENT


class ClientRequest(Protocol):
    """What the walk needs to know of any dialect's request."""

    @property
    def model(self) -> str:
        """The model, as the caller names it."""

    @property
    def stream(self) -> bool | None:
        """Whether the caller wants events rather than one body."""


class StreamTranslator(Protocol):
    """Turns one answer's events into the caller's frames. Exactly one ending reaches the caller."""

    def feed(self, batch: Batch, choice: int = 0, /) -> list[Frame]:
        """Frames that some events of one choice cause, for one write."""

    def close(self) -> list[Frame]:
        """Frames after the last event of all choices.

        Raises:
            ApiError: A choice was cut before its terminal event.
        """

    def fail(self, error: ApiError) -> list[Frame]:
        """The dialect's error ending, for a failure after the first byte."""


RequestT = TypeVar("RequestT", bound=ClientRequest)


def _as_asked(_request: ClientRequest, style: ReasoningStyle) -> ReasoningStyle:
    return style


def _one(_request: ClientRequest) -> int:
    return 1


def _unbounded(_request: ClientRequest) -> Bounds:
    return NO_BOUNDS


class Parsed(msgspec.Struct, Generic[RequestT], frozen=True):
    """A caller's request with what became of its parameters."""

    request: RequestT
    survey: Survey


@dataclass(frozen=True, slots=True)
class Dialect(Generic[RequestT]):
    """One client-facing API: a value that names its parts.

    Attributes:
        name: As in logs and the ledger.
        path: The route it answers with POST.
        schema: msgspec Struct of what a caller may send.
        parameters: What becomes of each of them.
        to_upstream: The caller's request in the upstream's terms, once for each choice of the
            answer; may raise ``ApiError`` with a ``param``.
        translator: A new translator for one streamed answer.
        reply: The whole answer out of the choices' responses; must equal what the frames of the
            stream add up to.
        manners: What it shares with the other routes of its API.
        bounds: Where the caller wants each choice to end at the latest.
        each: How many choices there are for one prompt.
        shows: Where reasoning can be shown in this answer, of where it was asked for.
        loses_reasoning: Its callers have no way to send encrypted reasoning back.
        fill: Puts uploaded files in where the request names them, which ``to_upstream`` refuses
            with an ``UploadedFileError``.
    """

    name: str
    path: str
    schema: type[RequestT]
    parameters: ParameterTable
    to_upstream: Callable[[RequestT], Sequence[ResponsesRequest]]
    translator: Callable[[RequestT, ReplyHead], StreamTranslator]
    reply: Callable[[RequestT, ReplyHead, Sequence[Response]], Any]
    manners: Manners = OPENAI
    bounds: Callable[[RequestT], Bounds] = _unbounded
    each: Callable[[RequestT], int] = _one
    shows: Callable[[RequestT, ReasoningStyle], ReasoningStyle] = _as_asked
    loses_reasoning: bool = False
    fill: Callable[[RequestT, Fill], RequestT] | None = None

    def parse(self, body: bytes) -> Parsed[RequestT]:
        """Validate a request body.

        Raises:
            ApiError: It is not a JSON object of the schema's shape; ``param`` names the place.
        """
        request, fields = parse_body(body, self.schema)
        return Parsed(request, self.parameters.survey(fields))


BodyT = TypeVar("BodyT")


def parse_body(body: bytes, schema: type[BodyT]) -> tuple[BodyT, dict[str, msgspec.Raw]]:
    """A request body as the schema has it, and its top-level fields as they came.

    Raises:
        ApiError: It is not a JSON object of the schema's shape; ``param`` names the place.
    """
    if not body.strip():
        raise ApiError(Kind.BAD_REQUEST, "The request body is empty; it has to be a JSON object.")
    try:
        fields = _FIELDS.decode(body)
        return msgspec.json.decode(body, type=schema), fields
    except RecursionError:
        raise ApiError(Kind.BAD_REQUEST, MAX_DEPTH_ERROR) from None
    except msgspec.ValidationError as error:
        raise _shape_error(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(Kind.BAD_REQUEST, f"The request body is not valid JSON: {error}") from None


_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _shape_error(text: str) -> ApiError:
    """A msgspec message (``Expected `str`, got `int` - at `$.messages[0].role```) as our error."""
    problem, _, place = text.partition(" - at `")
    # A key of a free-form object is written "[...]"; the object itself is the place to look.
    place = place.rstrip("`").split("[...]")[0]
    param = place.removeprefix("$").removeprefix(".") or None
    problem = problem.replace("`", "")
    if "missing required field" in problem:
        missing = problem.rsplit(" ", 1)[-1]
        param = f"{param}.{missing}" if param else missing
        return ApiError(
            Kind.BAD_REQUEST,
            f"Missing required parameter: '{param}'.",
            param=param,
            code="missing_required_parameter",
        )
    where = f"Invalid value for '{param}'" if param else "Invalid request body"
    return ApiError(Kind.BAD_REQUEST, f"{where}: {problem}.", param=param, code="invalid_value")
