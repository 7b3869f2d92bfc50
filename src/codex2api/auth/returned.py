"""What comes back from the browser, by redirect or by paste; pure."""

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from codex2api.errors import ApiError, Kind

_LONGEST = 16_384


@dataclass(frozen=True, slots=True)
class Returned:
    """The query of the redirect address.

    Attributes:
        code: Good once, with the verifier.
        error: The issuer's error code, where the person was refused or said no.
        client_id: The client that was registered with this sign-in, where one was.
    """

    state: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    error: str | None = None
    description: str = ""
    client_id: str | None = None

    def accepted_code(self) -> str:
        """The code.

        Raises:
            ApiError: If there is none: why the sign-in was denied.
        """
        if self.error is not None:
            raise _denied(self.error, self.description)
        if not self.code:
            raise ApiError(
                Kind.BAD_REQUEST,
                "The address holds no code. Copy the whole address from the browser.",
                param="code",
                code="code_missing",
            )
        return self.code


def read_returned(text: str, state: str | None = None) -> Returned:
    """Read a redirect address, its query alone, or (with a known state) a bare code.

    Args:
        text: As pasted, or as the listener got it.
        state: The state to assume where the text has none.

    Raises:
        ApiError: ``BAD_REQUEST``, if it is nothing of the kind.
    """
    text = text.strip().strip("<>\"'")
    if len(text) > _LONGEST:
        raise _unreadable()
    if "=" not in text:
        if state is None or not text or "/" in text or any(map(str.isspace, text)):
            raise _unreadable()
        return Returned(state, code=text)
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query or parts.fragment or text.lstrip("?&#"), max_num_fields=50)
    except ValueError:
        raise _unreadable() from None
    found = {name: values[0] for name, values in query.items()}
    if not found.get("state", state) or not ("code" in found or "error" in found):
        raise _unreadable()
    return Returned(
        state=found.get("state") or state or "",
        code=found.get("code"),
        error=found.get("error"),
        description=found.get("error_description", ""),
        client_id=found.get("client_id"),
    )


def _denied(error: str, description: str) -> ApiError:
    if "missing_codex_entitlement" in description:
        return ApiError(
            Kind.FORBIDDEN,
            "This ChatGPT workspace has no Codex seat for you. Ask its administrator for access, "
            "or sign in with another account.",
            code="missing_codex_entitlement",
        )
    if error == "access_denied":
        return ApiError(
            Kind.FORBIDDEN,
            "The sign-in was declined. Start it again if that was a mistake.",
            code="access_denied",
        )
    name = error if error.replace("_", "").isalnum() and len(error) < 64 else "unknown error"
    return ApiError(
        Kind.BAD_REQUEST, f"The sign-in service refused the sign-in ({name}).", code="denied"
    )


def _unreadable() -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        "That is not the address of the sign-in: it should contain code=... and state=... . Copy "
        "the whole address from the browser's address bar.",
        param="url",
        code="not_a_redirect",
    )
