"""Everything one running simulator remembers."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from codex2api.simulator.accounts import SimulatedAccount
from codex2api.simulator.backend.cache import PromptCache
from codex2api.simulator.backend.limits import Limits, limits_of
from codex2api.simulator.backend.switches import BackendSwitches
from codex2api.simulator.issuer.grants import DeviceGrant, PendingCode
from codex2api.simulator.issuer.switches import RefreshCounts, TokenSwitches
from codex2api.simulator.issuer.tokens import Access, TokenBook
from codex2api.simulator.official.book import OfficialBook
from codex2api.simulator.options import Consent, SimulatorOptions
from codex2api.simulator.recorder import RecordedRequest, Recorder
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.rules import RuleBook


@dataclass(slots=True)
class StreamCounts:
    """What load tests and tests of early closing look at.

    Attributes:
        bytes_sent: Event bytes handed to the network.
        idle: Set while no answer is under way.
    """

    started: int = 0
    finished: int = 0
    running: int = 0
    most_at_once: int = 0
    bytes_sent: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """An answer starts."""
        self.idle.clear()
        self.started += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)

    def end(self, *, finished: bool) -> None:
        """An answer is over; ``finished`` unless the client left first."""
        self.running -= 1
        self.finished += finished
        if not self.running:
            self.idle.set()


@dataclass(slots=True)
class SimulatedUpload:
    """A file on its way into the backend.

    Attributes:
        account_id: The only one that may use it.
        asked: How often its owner asked whether it has arrived.
    """

    id: str
    account_id: str
    name: str
    size: int
    content: bytes | None = field(default=None, repr=False)
    asked: int = 0


@dataclass(slots=True)
class SimulatorState:
    """The memory of one simulator. Built by ``fresh_state``; emptied by ``reset``.

    Attributes:
        limits: Of every account that has none of its own.
        own_limits: By label.
        signed_in_label: Who signs in next; ``None`` for the default account.
        state_suffix: Appended to the OAuth state that is returned, as the real issuer may do.
        tries: How often each user text with a ``times`` parameter was asked.
    """

    options: SimulatorOptions
    tokens: TokenBook
    recorder: Recorder
    rules: RuleBook
    limits: Limits
    consent: Consent
    signed_in_label: str | None = None
    state_suffix: str = ""
    codes: dict[str, PendingCode] = field(default_factory=dict)
    devices: dict[str, DeviceGrant] = field(default_factory=dict)
    revoked: list[dict[str, Any]] = field(default_factory=list)
    token_switches: TokenSwitches = field(default_factory=TokenSwitches)
    exchange_switches: TokenSwitches = field(default_factory=TokenSwitches)
    backend_switches: BackendSwitches = field(default_factory=BackendSwitches)
    refreshes: RefreshCounts = field(default_factory=RefreshCounts)
    streams: StreamCounts = field(default_factory=StreamCounts)
    cache: PromptCache = field(default_factory=PromptCache)
    tries: dict[str, int] = field(default_factory=dict)
    uploads: dict[str, SimulatedUpload] = field(default_factory=dict)
    own_limits: dict[str, Limits] = field(default_factory=dict)
    official: OfficialBook = field(default_factory=OfficialBook)
    _serial: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def account(self, label: str) -> SimulatedAccount:
        """The account of that label; any label names one."""
        return SimulatedAccount(label, self.options.plans.get(label, self.options.plan))

    def limits_of(self, label: str) -> Limits:
        """The windows of an account."""
        return self.own_limits.get(label, self.limits)

    def next_id(self) -> str:
        """The body of the next response id: rising, and different in every run."""
        return f"{self.options.run}{next(self._serial):06d}"

    def spent(self, marker: Marker, text: str) -> bool:
        """Count a try; whether the marker's ``times`` are over: it fails so often, then succeeds.

        Args:
            marker: What ``text`` asks for.
            text: The user's.
        """
        if "times" not in marker.params:
            return False
        tried = self.tries.get(text, 0)
        self.tries[text] = tried + 1
        return tried >= marker.count("times")

    def reset(self) -> None:
        """Forget requests, counters, switches and admin rules; tokens stay good."""
        self.recorder.clear()
        self.rules = RuleBook(self.options.rules)
        self.limits = limits_of(self.options.limits, self.options.plan)
        self.own_limits.clear()
        self.consent = self.options.consent
        self.signed_in_label = None
        self.state_suffix = ""
        self.revoked.clear()
        self.token_switches = TokenSwitches()
        self.exchange_switches = TokenSwitches()
        self.backend_switches = BackendSwitches()
        self.refreshes = RefreshCounts(running=self.refreshes.running)
        self.streams = StreamCounts(running=self.streams.running, idle=self.streams.idle)
        self.cache = PromptCache()
        self.tries.clear()
        self.uploads.clear()
        self.official.reset()


def fresh_state(options: SimulatorOptions) -> SimulatorState:
    """The state of a simulator that has just started."""
    return SimulatorState(
        options=options,
        tokens=TokenBook(options.client_id, options.token_seconds),
        recorder=Recorder(options.recorded_requests),
        rules=RuleBook(options.rules),
        limits=limits_of(options.limits, options.plan),
        consent=options.consent,
    )


STATE = web.AppKey("simulator_state", SimulatorState)
ADMITTED = web.RequestKey("simulator_admitted", Access)
RECORDED = web.RequestKey("simulator_recorded", RecordedRequest)
