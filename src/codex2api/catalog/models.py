"""Models, their aliases, and how a caller's words become a model and an effort.

``MODEL-EFFORT`` names every effort of every model (``gpt-5.2-codex-xhigh``). Aliases are derived
when a name is looked up; a list of them exists nowhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from msgspec import Struct

from codex2api.errors import ApiError, Kind

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra")
"""Every known effort, the least first."""

_RANK = {effort: rank for rank, effort in enumerate(EFFORTS)}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model, as the catalogue describes it.

    Attributes:
        slug: Its name at the backend.
        efforts: What it can be asked for, least first; empty for a model that does not reason.
        visibility: ``list``, ``hide`` (callable, yet not shown) or ``none``.
        priority: Lower comes first in lists.
        lite: It wants the Responses Lite shape (protocol sheet, section 2.6).
        tiers: Service tiers beyond the ordinary one.
        known: False for a name that no catalogue explains: nothing else here can be trusted.
        base_instructions: The official prompt, where the account's own catalogue carried it.
    """

    slug: str
    efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    name: str | None = None
    description: str | None = None
    visibility: str = "list"
    priority: int = 0
    context_window: int | None = None
    max_context_window: int | None = None
    max_output_tokens: int | None = None
    input_modalities: tuple[str, ...] = ("text", "image")
    lite: bool = False
    tiers: tuple[str, ...] = ()
    verbosity: bool = True
    default_verbosity: str | None = None
    summaries: bool = True
    known: bool = True
    base_instructions: str | None = field(default=None, repr=False)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names that choose this model and an effort at once."""
        return tuple(f"{self.slug}-{effort}" for effort in self.efforts)


class Resolved(Struct, frozen=True):
    """What a caller's model name means.

    Attributes:
        effort: The one that an alias named, which the model may lack.
    """

    spec: ModelSpec
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class Catalog:
    """The models of an account, or the packaged ones.

    Attributes:
        complete: It is the account's own list: a name that is not in it does not exist.
        etag: The backend's mark of this list, if it came from there.
    """

    specs: tuple[ModelSpec, ...]
    complete: bool = False
    etag: str | None = None

    def resolve(self, name: str) -> Resolved:
        """The model, and the effort if ``name`` is an alias.

        Raises:
            ApiError: ``MODEL_NOT_FOUND``, by a complete catalogue only.
        """
        found = self.find(name)
        if found is None and self.complete:
            raise self.unknown(name)
        return found or Resolved(ModelSpec(name, known=False))

    def find(self, name: str) -> Resolved | None:
        """As ``resolve``, for callers who ask whether there is such a model."""
        spec = self._spec(name)
        if spec is not None:
            return Resolved(spec)
        base, _, effort = name.rpartition("-")
        spec = self._spec(base) if effort in _RANK else None
        return Resolved(spec, effort) if spec is not None and spec.efforts else None

    def listed(self) -> Iterator[ModelSpec]:
        """The models worth showing, in the order of the catalogue's priorities."""
        shown = (spec for spec in self.specs if spec.visibility == "list")
        return iter(sorted(shown, key=lambda spec: spec.priority))

    def unknown(self, name: str) -> ApiError:
        """The error for a name that this account cannot use; it lists those that work."""
        works = ", ".join(spec.slug for spec in self.listed())
        hint = f" Models that work: {works}." if works else ""
        return ApiError(
            Kind.MODEL_NOT_FOUND,
            f"The model '{name[:100]}' does not exist or this account cannot use it.{hint}",
            param="model",
        )

    def _spec(self, slug: str) -> ModelSpec | None:
        return next((spec for spec in self.specs if spec.slug == slug), None)


def union(catalogs: Iterable[Catalog]) -> Catalog:
    """What several accounts can use together; of a model known twice the first account's word."""
    together = tuple(catalogs)
    specs = {spec.slug: spec for catalog in reversed(together) for spec in catalog.specs}
    order = dict.fromkeys(spec.slug for catalog in together for spec in catalog.specs)
    complete = bool(together) and all(catalog.complete for catalog in together)
    return Catalog(tuple(specs[slug] for slug in order), complete)


def nearest_effort(wish: str, offered: Iterable[str]) -> str | None:
    """The offered effort closest to a wish; of two equally close ones the greater.

    Returns:
        ``None`` if the wish is no effort that we know, or nothing known is offered.
    """
    ranked = [effort for effort in offered if effort in _RANK]
    if wish not in _RANK or not ranked:
        return None
    rank = _RANK[wish]
    return min(ranked, key=lambda effort: (abs(_RANK[effort] - rank), -_RANK[effort]))
