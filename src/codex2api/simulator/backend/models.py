"""The models that the simulated backend knows (protocol sheet, sections 6.1 and 6.2)."""

from dataclasses import dataclass

LOW_TO_HIGH = ("low", "medium", "high")
TO_XHIGH = (*LOW_TO_HIGH, "xhigh")
TO_MAX = (*TO_XHIGH, "max")
TO_ULTRA = (*TO_MAX, "ultra")

PRIORITY = ("priority",)
PAID_PLANS = (
    "plus", "pro", "prolite", "team", "self_serve_business_prolite",
    "self_serve_business_usage_based", "business", "ent26", "enterprise", "hc",
    "enterprise_cbp_automation", "enterprise_cbp_usage_based", "edu", "education", "edu_plus",
    "edu_pro", "finserv", "sci",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedModel:
    """One row of the catalogue.

    Attributes:
        efforts: Reasoning levels; ``ultra`` is a client's word for ``max`` and never sent.
        context, largest: Context window, usual and highest, in tokens.
        plans: Plans that get the model; empty for all.
        reported: Known from users' reports only, not from first-party code.
    """

    slug: str
    priority: int
    client: str
    efforts: tuple[str, ...] = TO_XHIGH
    default: str = "medium"
    lite: bool = False
    tiers: tuple[str, ...] = ()
    hidden: bool = False
    context: int = 272_000
    largest: int = 272_000
    verbosity: str = "low"
    plans: tuple[str, ...] = ()
    reported: bool = False

    @property
    def accepted_efforts(self) -> tuple[str, ...]:
        """The levels that may be sent."""
        return tuple(effort for effort in self.efforts if effort != "ultra")


def _lite(
    slug: str, priority: int, client: str, efforts: tuple[str, ...] = TO_ULTRA
) -> SimulatedModel:
    """A model reported after August 2026; all of them are of the Lite kind."""
    return SimulatedModel(
        slug=slug, priority=priority, client=client, efforts=efforts, lite=True,
        tiers=PRIORITY, largest=872_000, reported=True,
    )  # fmt: skip


MODELS = (
    SimulatedModel(
        slug="gpt-5.6-sol", priority=1, client="0.144.0", efforts=TO_ULTRA, default="low",
        lite=True, tiers=("priority", "ultrafast"), largest=872_000,
    ),
    SimulatedModel(
        slug="gpt-5.6-terra", priority=2, client="0.144.0", efforts=TO_ULTRA, lite=True,
        tiers=PRIORITY, largest=872_000,
    ),
    SimulatedModel(
        slug="gpt-5.6-luna", priority=3, client="0.144.0", efforts=TO_MAX, lite=True,
        tiers=PRIORITY, largest=872_000,
    ),
    SimulatedModel(
        slug="gpt-daybreak-blue-latest", priority=3, client="0.142.2", efforts=TO_ULTRA,
        default="low", lite=True, hidden=True, largest=872_000,
    ),
    SimulatedModel(
        slug="gpt-daybreak-red-latest", priority=3, client="0.142.2", efforts=TO_ULTRA,
        lite=True, hidden=True, context=372_000, largest=372_000, verbosity="high",
    ),
    SimulatedModel(slug="gpt-5.5", priority=7, client="0.124.0", tiers=PRIORITY),
    SimulatedModel(
        slug="gpt-5.4", priority=16, client="0.98.0", tiers=PRIORITY, hidden=True,
        largest=1_000_000,
    ),
    SimulatedModel(
        slug="gpt-5.4-mini", priority=23, client="0.98.0", hidden=True, verbosity="medium",
    ),
    SimulatedModel(slug="gpt-5.2", priority=29, client="0.0.1"),
    SimulatedModel(
        slug="codex-auto-review", priority=43, client="0.98.0", efforts=TO_MAX, lite=True,
        tiers=PRIORITY, hidden=True, largest=872_000,
    ),
    SimulatedModel(
        slug="gpt-6-astra", priority=1, client="0.153.0", efforts=TO_ULTRA, lite=True,
        tiers=PRIORITY, largest=872_000, plans=PAID_PLANS, reported=True,
    ),
    _lite("gpt-6-sol", 2, "0.155.0"),
    _lite("gpt-6-luna", 3, "0.155.0", TO_MAX),
    _lite("gpt-6.1-sol", 1, "0.159.0"),
    _lite("gpt-6.1-terra", 2, "0.159.0"),
)  # fmt: skip
"""What a ChatGPT account is served."""

OLDER_MODELS = (
    SimulatedModel(
        slug="gpt-5.1", priority=60, client="0.0.1", efforts=("none", *LOW_TO_HIGH),
        default="none",
    ),
    SimulatedModel(slug="gpt-5.1-codex", priority=61, client="0.0.1", efforts=LOW_TO_HIGH),
    SimulatedModel(slug="gpt-5.1-codex-max", priority=62, client="0.0.1", default="high"),
    SimulatedModel(
        slug="gpt-5.1-codex-mini", priority=63, client="0.0.1", efforts=("medium", "high"),
    ),
    SimulatedModel(slug="gpt-5.2-codex", priority=64, client="0.0.1", default="high"),
)  # fmt: skip
"""No longer served to ChatGPT accounts; only with the option that asks for all models."""


def catalogue(*, with_older: bool) -> dict[str, SimulatedModel]:
    """The served models by slug."""
    served = MODELS + (OLDER_MODELS if with_older else ())
    return {model.slug: model for model in served}
