"""The one taxonomy of failure: what went wrong, and which HTTP status that is.

Errors are made where something is known to have failed, and read by their kind: the account pool
rests or retires an account, the relay tries another, a dialect writes the body. Nobody compares
message texts or status numbers.
"""

from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus


class Kind(StrEnum):
    """What went wrong. The value is the public error ``code`` (contract, section 3, "Errors")."""

    BAD_REQUEST = "invalid_request"
    INVALID_KEY = "invalid_api_key"
    TOO_MANY_WRONG_KEYS = "too_many_wrong_keys"
    FORBIDDEN = "forbidden"
    WRONG_HOST = "misdirected_request"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NO_WEBSOCKET = "websocket_not_available"
    MODEL_NOT_FOUND = "model_not_found"
    BODY_TOO_LARGE = "request_too_large"
    UNSUPPORTED_MEDIA = "unsupported_media_type"
    CONTEXT_TOO_LONG = "context_length_exceeded"
    FOREIGN_REASONING = "invalid_encrypted_content"
    CONTENT_POLICY = "content_policy_violation"
    NO_ACCOUNT = "no_account"
    SIGN_IN_REQUIRED = "sign_in_required"
    CONSENT_REQUIRED = "consent_required"
    PLAN_LACKS_ACCESS = "usage_not_included"
    LIMIT_REACHED = "usage_limit_reached"
    RATE_LIMITED = "rate_limit_exceeded"
    NOT_SUPPORTED = "not_supported"
    UPSTREAM_UNAVAILABLE = "upstream_unavailable"
    UPSTREAM_BLOCKED = "upstream_blocked"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    OVERLOADED = "server_is_overloaded"
    SHUTTING_DOWN = "shutting_down"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    INTERNAL = "internal_error"


STATUS: dict[Kind, HTTPStatus] = {
    Kind.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    Kind.INVALID_KEY: HTTPStatus.UNAUTHORIZED,
    Kind.TOO_MANY_WRONG_KEYS: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.WRONG_HOST: HTTPStatus.MISDIRECTED_REQUEST,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Kind.NO_WEBSOCKET: HTTPStatus.UPGRADE_REQUIRED,
    Kind.MODEL_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.BODY_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.CONTEXT_TOO_LONG: HTTPStatus.BAD_REQUEST,
    Kind.FOREIGN_REASONING: HTTPStatus.BAD_REQUEST,
    Kind.CONTENT_POLICY: HTTPStatus.BAD_REQUEST,
    Kind.NO_ACCOUNT: HTTPStatus.UNAUTHORIZED,
    Kind.SIGN_IN_REQUIRED: HTTPStatus.UNAUTHORIZED,
    Kind.CONSENT_REQUIRED: HTTPStatus.FORBIDDEN,
    Kind.PLAN_LACKS_ACCESS: HTTPStatus.FORBIDDEN,
    Kind.LIMIT_REACHED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.NOT_SUPPORTED: HTTPStatus.NOT_IMPLEMENTED,
    Kind.UPSTREAM_UNAVAILABLE: HTTPStatus.BAD_GATEWAY,
    Kind.UPSTREAM_BLOCKED: HTTPStatus.BAD_GATEWAY,
    Kind.UPSTREAM_TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    Kind.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.SHUTTING_DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.STORAGE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class ApiError(Exception):
    """A failure that a caller is told about.

    Args:
        kind: What went wrong; decides status, body and what the pool learns.
        message: One or two sentences for a person. Never a token, key, e-mail address or
            upstream HTML.
        param: The request parameter at fault, in OpenAI's spelling (``messages[0].role``).
        code: A more precise public code than the kind's own, for instance the backend's
            ``invalid_value``.
        retry_after: Seconds until it is worth trying again, where that is known.
        again: The message as it is at another moment, in Unix seconds, where it tells of a time
            to wait: it may be remembered, and told later.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        again: Callable[[float], str] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.param = param
        self.code = code
        self.retry_after = retry_after
        self.again = again

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status that this kind of failure is answered with."""
        return STATUS[self.kind]
