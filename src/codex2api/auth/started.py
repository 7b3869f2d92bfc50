"""What is told about a sign-in under way, and what one may begin with."""

from dataclasses import dataclass, field

from codex2api.auth.pending import Stage


@dataclass(frozen=True, slots=True)
class StartedSignIn:
    """A browser sign-in that waits for its person.

    Attributes:
        expires_in: Seconds until it is forgotten.
        listening: Whether the browser's return will be noticed here; if not, the address has to be
            pasted.
        browser_opened: Whether a browser seems to have opened.
    """

    authorization_url: str
    state: str
    redirect_uri: str
    expires_in: int
    instructions: str
    listening: bool = True
    browser_opened: bool = False


@dataclass(frozen=True, slots=True)
class StartedDevice:
    """A device-code sign-in that waits for its person.

    Attributes:
        id: To ask for its status.
        interval: Seconds between two questions that make sense.
    """

    id: str
    user_code: str
    verification_url: str
    expires_in: int
    interval: float


@dataclass(frozen=True, slots=True)
class SignInStatus:
    """How far a sign-in has come.

    Attributes:
        message: Why it failed.
    """

    status: Stage
    label: str
    plan: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedTokens:
    """Tokens that another program keeps, to be taken over."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    id_token: str | None = field(default=None, repr=False)
    account_id: str | None = None
    expires_at: float | None = None
