"""The packaged models, for as long as no account has told us its own list.

The first six are those of the original plans (contract, section 5), the rest the bundled and later
ones of the protocol sheet, sections 6.1 and 6.2. An account's live list replaces all of this.
"""

from codex2api.catalog.models import Catalog, ModelSpec

_TO_HIGH = ("low", "medium", "high")
_TO_XHIGH = (*_TO_HIGH, "xhigh")
_TO_MAX = (*_TO_XHIGH, "max")
_TO_ULTRA = (*_TO_MAX, "ultra")

_WINDOW = 272_000
_BIG_WINDOW = 872_000


def _general(
    slug: str, efforts: tuple[str, ...], default: str, priority: int, visibility: str = "list"
) -> ModelSpec:
    return ModelSpec(
        slug,
        efforts,
        default,
        priority=priority,
        visibility=visibility,
        context_window=_WINDOW,
        max_context_window=_WINDOW,
    )


def _codex(slug: str, efforts: tuple[str, ...], default: str, priority: int) -> ModelSpec:
    # These coding models know one verbosity only, so none is ever sent.
    return ModelSpec(
        slug,
        efforts,
        default,
        priority=priority,
        context_window=_WINDOW,
        max_context_window=_WINDOW,
        verbosity=False,
    )


def _lite(
    slug: str,
    efforts: tuple[str, ...],
    default: str,
    priority: int,
    visibility: str = "list",
    tiers: tuple[str, ...] = ("priority",),
) -> ModelSpec:
    return ModelSpec(
        slug,
        efforts,
        default,
        priority=priority,
        visibility=visibility,
        context_window=_WINDOW,
        max_context_window=_BIG_WINDOW,
        lite=True,
        tiers=tiers,
    )


FALLBACK = Catalog(
    (
        _general("gpt-5.1", ("none", *_TO_HIGH), "none", 30),
        _general("gpt-5.2", ("none", *_TO_XHIGH), "none", 29),
        _codex("gpt-5.1-codex", _TO_HIGH, "medium", 33),
        _codex("gpt-5.1-codex-max", _TO_XHIGH, "high", 32),
        _codex("gpt-5.1-codex-mini", ("medium", "high"), "medium", 34),
        _codex("gpt-5.2-codex", _TO_XHIGH, "high", 31),
        _lite("gpt-6.1-sol", _TO_ULTRA, "low", 0),
        _lite("gpt-6.1-terra", _TO_ULTRA, "medium", 0),
        _lite("gpt-6-astra", _TO_ULTRA, "medium", 0),
        _lite("gpt-6-sol", _TO_ULTRA, "low", 0),
        _lite("gpt-6-luna", _TO_MAX, "medium", 0),
        _lite("gpt-5.6-sol", _TO_ULTRA, "low", 1, tiers=("priority", "ultrafast")),
        _lite("gpt-5.6-terra", _TO_ULTRA, "medium", 2),
        _lite("gpt-5.6-luna", _TO_MAX, "medium", 3),
        _lite("gpt-daybreak-blue-latest", _TO_ULTRA, "low", 3, "hide", ()),
        _lite("gpt-daybreak-red-latest", _TO_ULTRA, "medium", 3, "hide", ()),
        ModelSpec(
            "gpt-5.5",
            _TO_XHIGH,
            "medium",
            priority=7,
            context_window=_WINDOW,
            max_context_window=_WINDOW,
            tiers=("priority",),
        ),
        _general("gpt-5.4", _TO_XHIGH, "medium", 16, "hide"),
        _general("gpt-5.4-mini", _TO_XHIGH, "medium", 23, "hide"),
        _lite("codex-auto-review", _TO_MAX, "medium", 43, "hide"),
    )
)
