"""What the hot routes and those behind them are built of alike, by the settings of the moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.errand_options import ErrandOptions
from codex2api.api.media.attachments import Attachments
from codex2api.api.state.opening import OpenStores
from codex2api.catalog.prompts import Prompts
from codex2api.dialects.messages.renaming import Renaming
from codex2api.passage import Passage
from codex2api.settings import Settings
from codex2api.upstream.prepare import PromptPolicy, Rules
from codex2api.upstream.shapes import Shape


@dataclass(frozen=True, slots=True)
class Shared:
    """What the hot routes have, and others want, too.

    Attributes:
        stores: Opens what is remembered.
        hot: The endpoints of the dialects by path.
        passage: Carries Codex' own requests.
    """

    options: EndpointOptions
    stores: OpenStores
    attachments: Attachments
    rename: Renaming
    hot: Mapping[str, DialectEndpoint[Any]]
    passage: Passage


def errand_options(settings: Settings) -> ErrandOptions:
    """For the routes that wait for one whole answer."""
    return ErrandOptions(max_body=settings.server.max_body_bytes, strict=settings.codex.strict)


def rules(settings: Settings) -> Rules:
    """What the operator has decided about requests."""
    codex = settings.codex
    # The default of this setting must not outweigh a model's own default; a chosen value does.
    chosen = settings.is_set("codex.defaultReasoningEffort")
    return Rules(
        policy=PromptPolicy(codex.prompt_policy) if codex.mode else PromptPolicy.OFF,
        default_effort=codex.default_reasoning_effort if chosen else None,
        default_verbosity=codex.default_text_verbosity,
        prompt=Prompts(_downloaded_prompts(settings.data_dir)).of,
    )


def shape(settings: Settings) -> Shape | None:
    """The form of requests, if it is forced."""
    return None if settings.codex.shape == "auto" else Shape(settings.codex.shape)


def _downloaded_prompts(data_dir: Path) -> dict[str, str]:
    """Official prompts that the owner has fetched (``codex2api prompts update``), by slug."""
    folder = data_dir / "prompts"
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.md"))}
