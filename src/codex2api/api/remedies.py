"""What each error means and what helps, for people: ``docs/errors.md`` and ``/docs`` tell it."""

from collections.abc import Mapping
from typing import NamedTuple

from codex2api.errors import Kind


class Remedy(NamedTuple):
    """An error for people; both texts are Markdown.

    Attributes:
        means: What has happened.
        helps: What to do.
    """

    means: str
    helps: str


REMEDIES: Mapping[Kind, Remedy] = {
    Kind.BAD_REQUEST: Remedy(
        "The request cannot be understood, or asks for something that cannot be.",
        "`param` names the place. Often `code` is more precise: see below.",
    ),
    Kind.INVALID_KEY: Remedy(
        "No client key, another one than any that is known, or one that does not open this route.",
        "Send `Authorization: Bearer KEY` (or `x-api-key`). Yours is in `data/local.key`; "
        "`/admin`, `/auth` and `/metrics` take that one alone.",
    ),
    Kind.TOO_MANY_WRONG_KEYS: Remedy(
        "More than twenty wrong keys came from this address within a minute.",
        "Correct the client's key. The right one works at once.",
    ),
    Kind.FORBIDDEN: Remedy(
        "A page of an origin that is not listed asks, or the key does not allow this.",
        "`server.allowedOrigins` for pages; `codex2api keys set` for a key's models and account.",
    ),
    Kind.WRONG_HOST: Remedy(
        "The server was called by a name that it does not know.",
        "Add the name to `server.allowedHosts`; have a proxy pass `Host` on.",
    ),
    Kind.NOT_FOUND: Remedy(
        "There is nothing at this path or under this id, or it belongs to another key.",
        "The base URL ends with one `/v1`. What was stored is kept for `store.responsesTtlDays`.",
    ),
    Kind.METHOD_NOT_ALLOWED: Remedy(
        "The path is right and the method is not.", "The message names the one that it takes."
    ),
    Kind.NO_WEBSOCKET: Remedy(
        "A WebSocket was asked for where there is none.", "Use HTTP, or `/v1/responses`."
    ),
    Kind.MODEL_NOT_FOUND: Remedy(
        "No account offers this model, or the key does not allow it.",
        "The message lists what works, and so does `codex2api models`.",
    ),
    Kind.BODY_TOO_LARGE: Remedy(
        "The body is larger than the limit, perhaps only once it is unpacked.",
        "`server.maxBodyBytes` (for files `store.maxFileBytes`), or send less.",
    ),
    Kind.UNSUPPORTED_MEDIA: Remedy(
        "The body is neither JSON nor, where forms are taken, a form.",
        "Set `Content-Type: application/json`; compress with gzip or zstd only.",
    ),
    Kind.CONTEXT_TOO_LONG: Remedy(
        "The conversation is longer than the model's context window.",
        "Shorten it, `/v1/responses/compact` it, or take a model with a larger window.",
    ),
    Kind.FOREIGN_REASONING: Remedy(
        "Encrypted content was made by another account and cannot be read.",
        "Name the account that made it (`x-codex2api-account`), or leave it out.",
    ),
    Kind.CONTENT_POLICY: Remedy(
        "ChatGPT declines to answer this for reasons of its policy.", "Ask otherwise."
    ),
    Kind.NO_ACCOUNT: Remedy(
        "No ChatGPT account is signed in, or none of this label.", "`codex2api login`"
    ),
    Kind.SIGN_IN_REQUIRED: Remedy(
        "The sign-in has ended: revoked, expired, or its refresh token was used elsewhere.",
        "`codex2api login` (the message names the account). Let no two programs share one "
        "`auth.json`.",
    ),
    Kind.CONSENT_REQUIRED: Remedy(
        "The sign-in works, but does not allow this app to use the plan.",
        "Sign in again, and agree to the use of the plan.",
    ),
    Kind.PLAN_LACKS_ACCESS: Remedy(
        "The plan does not include Codex or this model.",
        "Another model, another account, or another plan.",
    ),
    Kind.LIMIT_REACHED: Remedy(
        "A limit window of the plan is empty. It is Codex' own, apart from that of the chat.",
        "Wait until it refills: the message and `Retry-After` say when, `codex2api status` shows "
        "all windows. Another account takes over by itself if one is signed in.",
    ),
    Kind.RATE_LIMITED: Remedy(
        "Too many requests at a time, or a limit of the client key.",
        "Wait for `Retry-After`; `codex2api keys list` shows the limits of keys.",
    ),
    Kind.NOT_SUPPORTED: Remedy(
        "A route of OpenAI's API that does not come with a plan, or is turned off here.",
        "The message says why; there is nothing to repair.",
    ),
    Kind.UPSTREAM_UNAVAILABLE: Remedy(
        "ChatGPT cannot be reached, or answered with an error or with nonsense, or broke off.",
        "Try again; the message says what came. Look at the network, at `backend.proxy`, at "
        "OpenAI's status page.",
    ),
    Kind.UPSTREAM_BLOCKED: Remedy(
        "ChatGPT's front door (Cloudflare) refuses this machine.",
        "Another network: addresses of data centres and some VPNs are refused.",
    ),
    Kind.UPSTREAM_TIMEOUT: Remedy(
        "ChatGPT said nothing for too long.",
        "Try again; for models that think long raise `backend.idleTimeout`.",
    ),
    Kind.OVERLOADED: Remedy(
        "ChatGPT, or this server, has too much to do.", "Try again after `Retry-After`."
    ),
    Kind.SHUTTING_DOWN: Remedy(
        "The server is about to stop.", "Send the request again in a moment, or to its successor."
    ),
    Kind.STORAGE_UNAVAILABLE: Remedy(
        "The database cannot be reached, or a token file not be opened.",
        "It mends itself when that is over; the log has `store.away` or `tokens.unread`.",
    ),
    Kind.INTERNAL: Remedy(
        "A mistake in codex2api.", "Report it, with the lines of the log that have its request id."
    ),
}
"""Of every kind."""

MORE_CODES: Mapping[str, str] = {
    "access_denied": "The sign-in was declined in the browser.",
    "account_paused": "Its owner has paused the account; `codex2api dashboard` lets it go on.",
    "another_account": "Somebody else signed in than the account that was to be renewed.",
    "another_client": "The browser came back for another registration of this app. Begin again.",
    "bad_id_token": "The sign-in service's answer does not prove who signed in.",
    "caller_left": "In logs and metrics: the client closed the connection before the end.",
    "client_id_missing": "OpenAI's page registered the app and did not say as what. Begin again.",
    "code_missing": "The pasted address has no code in it: take the last address of the browser.",
    "code_refused": "The code of the sign-in was used already, or is too old. Begin again.",
    "denied": "The sign-in on the other device was declined.",
    "duplicate_item": "Two items of a conversation have the same id.",
    "file_not_found": "There is no uploaded file with this id, or it is another key's.",
    "invalid_form": "The multipart form cannot be read.",
    "invalid_image_file": "The image is not one of a kind that is taken.",
    "invalid_value": "The parameter is known, and this value of it is not possible.",
    "item_not_found": "There is no such item in the conversation.",
    "missing_codex_entitlement": "The workspace of this account has Codex turned off.",
    "missing_required_parameter": "A parameter that has to be there is not.",
    "mutually_exclusive_parameters": "Two parameters exclude each other.",
    "name_taken": "There is a key of this name already.",
    "not_a_redirect": "What was pasted is not the last address of a sign-in.",
    "port_in_use": "Port 1455 is taken, so the browser cannot come back: paste its address.",
    "previous_response_not_finished": "A response that is still under way cannot be continued.",
    "previous_response_not_found": "The response to go on from is not kept here (any more).",
    "registration_lost": "OpenAI has no such registration: `codex2api login --official --force`.",
    "response_cancelled": "In logs and metrics: a background response was cancelled.",
    "response_in_progress": "A WebSocket answers one request at a time.",
    "sign_in_cancelled": "The sign-in was cancelled.",
    "sign_in_expired": "The sign-in took too long. Begin again.",
    "sign_in_timeout": "The browser did not come back in time.",
    "state_mismatch": "The address belongs to another sign-in, or was used already.",
    "storage_failed": "It could not be written: a full disk, most likely. The log says why.",
    "unsupported_parameter": "Nobody can honour it, and strict mode (or this route) refuses it.",
    "unsupported_tool": "The tool is not one that the backend has.",
    "unsupported_value": "The parameter is honoured, but not with this value.",
    "websocket_connection_limit_reached": "The WebSocket was open for an hour. Open another.",
}
"""More precise codes than a kind's own; ChatGPT's own codes come through beside these."""
