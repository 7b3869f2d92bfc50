"""The steps of a sign-in in order: start, wait, store; and how one ends."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace as with_fields
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog

from codex2api.accounts.account import Account, AccountKind, Identity, TokenSet
from codex2api.accounts.keeper import no_consent
from codex2api.accounts.ports import AccountStore
from codex2api.auth import browser
from codex2api.auth.answers import imported
from codex2api.auth.callback import PORTS, CallbackListener
from codex2api.auth.oauth import DeviceCode, OAuthClient
from codex2api.auth.pending import LIFE, PendingSignIn, PendingSignIns, expired
from codex2api.auth.pkce import new_state
from codex2api.auth.returned import Returned, read_returned
from codex2api.auth.started import ImportedTokens, SignInStatus, StartedDevice, StartedSignIn
from codex2api.auth.ways import Request, Way
from codex2api.errors import ApiError, Kind

DEFAULT_LABEL = "default"
DEFAULT_WAIT = 60.0

_INSTRUCTIONS = (
    "Open the authorization URL in a browser and sign in. If the page after that does not load "
    "(because the browser runs on another machine), copy its whole address from the address bar "
    'and send it to POST /auth/callback as {"url": "..."}.'
)

_NO_OTHER: Mapping[AccountKind, Way] = MappingProxyType({})

_log = structlog.get_logger()


class SignIn:
    """Signs accounts in and out.

    Args:
        store: Where their tokens go.
        client: The issuer, as Codex signs in to it.
        others: The ways in that lead to accounts of other kinds.
        now: Unix seconds.
        ports: Where the browser may come back to; the redirect address follows the one in use.
        show: Opens a browser; says whether that seems to have worked.
        life: Seconds until a sign-in that nobody finished is forgotten.
    """

    def __init__(
        self,
        store: AccountStore,
        client: OAuthClient,
        *,
        now: Callable[[], float],
        others: Mapping[AccountKind, Way] = _NO_OTHER,
        ports: Sequence[int] = PORTS,
        show: Callable[[str], bool] = browser.open_browser,
        life: float = LIFE,
    ) -> None:
        self._store = store
        self._client = client
        self._ways: Mapping[AccountKind, Way] = {AccountKind.CODEX: client, **others}
        self._now = now
        self._show = show
        self._book = PendingSignIns(now=now, life=life)
        self._listener = CallbackListener(self._returned, self._cancelled, ports=ports)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(
        self,
        label: str | None = None,
        *,
        kind: AccountKind = AccountKind.CODEX,
        open_browser: bool = True,
        replace: bool = False,
        listen: bool = True,
    ) -> StartedSignIn:
        """Begin a browser sign-in.

        Args:
            label: What the account will be called here; ``None`` is the first account's name, or
                that of the kind if the first one is of another.
            kind: Which of OpenAI's sign-ins.
            open_browser: Try to show the page on this machine.
            replace: Let another account take the label over.
            listen: Wait for the browser on this machine; else the address has to be pasted.
        """
        way, label = self._ways[kind], label or await self._free_label(kind)
        holder = await self._holder(label)
        redirect_uri, listening = way.redirect_uri, False
        if listen:
            redirect_uri, listening = await self._listen(way)
        # In the book at once: whoever sees none in it stops listening.
        pending = self._book.add(new_state(), label, redirect_uri, replace=replace)
        self._spawn(self._watch(pending))
        url = await self._attempt(way, pending, holder)
        opened = open_browser and await asyncio.to_thread(self._show, url)
        _log.info("sign_in.started", account=label, listening=listening, browser=opened)
        life = round(self._book.life)
        return StartedSignIn(
            url, pending.state, redirect_uri, life, _INSTRUCTIONS, listening, opened
        )

    async def complete(
        self, url: str | None = None, *, code: str | None = None, state: str | None = None
    ) -> Account:
        """Finish a browser sign-in with what the browser came back with.

        Args:
            url: The redirect address, its query, or (with ``state``) the bare code.
            code: Instead of ``url``, together with ``state``.
            state: As it was given out.

        Raises:
            ApiError: What went wrong, in one sentence.
        """
        if url is not None:
            returned = read_returned(url, state)
        elif state:
            returned = Returned(state, code=code)
        else:
            raise ApiError(Kind.BAD_REQUEST, "Give the url, or code and state.", param="url")
        pending = self._book.claim(returned.state)
        # Its own task: a browser tab closed early must not lose tokens that were just issued.
        return await asyncio.shield(self._spawn(self._finish(pending, returned)))

    async def start_device(
        self, label: str = DEFAULT_LABEL, *, replace: bool = False
    ) -> StartedDevice:
        """Begin a device-code sign-in; it is followed in the background.

        Raises:
            ApiError: ``NOT_SUPPORTED``, if the issuer offers none; or why it failed.
        """
        device = await self._client.device_start()
        pending = self._book.add(new_state(), label, "", replace=replace)
        self._spawn(self._follow(pending, device))
        return StartedDevice(
            id=pending.state,
            user_code=device.user_code,
            verification_url=device.verification_url,
            expires_in=round(min(device.expires_in, self._book.life)),
            interval=device.interval,
        )

    def status(self, state: str) -> SignInStatus:
        """How far a sign-in has come, by its state or its device id.

        Raises:
            ApiError: ``NOT_FOUND``.
        """
        pending = self._book.find(state)
        return SignInStatus(
            status=pending.stage,
            label=pending.label,
            plan=pending.account.plan if pending.account else None,
            message=pending.error.message if pending.error else None,
        )

    async def wait(self, state: str, patience: float = DEFAULT_WAIT) -> Account:
        """Wait some seconds for a sign-in to end; it stays open, and may be waited for again.

        Raises:
            ApiError: Why it failed; ``code`` is ``sign_in_timeout`` if nobody came back yet.
        """
        pending = self._book.find(state)
        try:
            async with asyncio.timeout(patience):
                return await pending.outcome()
        except TimeoutError:
            raise ApiError(
                Kind.BAD_REQUEST,
                f"Nobody finished the sign-in within {patience:.0f} seconds.",
                code="sign_in_timeout",
            ) from None

    async def adopt(
        self, tokens: ImportedTokens, label: str = DEFAULT_LABEL, *, replace: bool = False
    ) -> Account:
        """Take over tokens from a file.

        Raises:
            ApiError: If they do not say whose they are, or are another account's.
        """
        return await self._keep(imported(tokens), label, replace=replace, revoke_stranger=False)

    async def take_over(
        self, account: Account, label: str | None = None, *, replace: bool = False
    ) -> Account:
        """Keep an account that was signed in on another machine, with all that its file says.

        Raises:
            ApiError: The label is another account's.
        """
        who = Identity(account.account_id, account.user_id, account.plan, account.email)
        tokens = with_fields(account.tokens, identity=who)
        label = label or await self._free_label(account.kind)
        return await self._keep(tokens, label, replace=replace, revoke_stranger=False)

    async def logout(self, label: str = DEFAULT_LABEL) -> bool:
        """End a sign-in: at the issuer if it answers, here in any case.

        Returns:
            Whether the issuer revoked it.

        Raises:
            ApiError: ``NO_ACCOUNT``.
        """
        account = await self._holder(label)
        revoked = account is not None and await self._ways[account.kind].revoke(account.tokens)
        await self._store.remove(label)
        _log.info("sign_in.ended", account=label, revoked=revoked)
        return revoked

    async def close(self) -> None:
        """Give up what is under way, and stop listening."""
        await self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- steps -----------------------------------------------------------------------------------

    async def _listen(self, way: Way) -> tuple[str, bool]:
        """The redirect address, and whether we hear who comes there."""
        try:
            port = await self._listener.open(anywhere=way.any_port)
        except ApiError as error:
            _log.warning("sign_in.not_listening", reason=error.message)
            return way.redirect_uri, False
        parts = urlsplit(way.redirect_uri)
        return urlunsplit(parts._replace(netloc=f"{parts.hostname}:{port}")), True

    async def _attempt(self, way: Way, pending: PendingSignIn, holder: Account | None) -> str:
        """The address of the sign-in's page."""
        wish = Request(
            pending.state, pending.redirect_uri, pending.label, holder, anew=pending.replace
        )
        try:
            attempt = await way.attempt(wish)
        except ApiError as error:
            self._failed(pending, error)
            raise
        pending.redeem = attempt.redeem
        return attempt.authorization_url

    async def _returned(self, query: str) -> None:
        try:
            returned = read_returned(query)
        except ApiError as error:
            raise ApiError(error.kind, "This address belongs to no sign-in.") from None
        pending = self._book.claim(returned.state)
        await asyncio.shield(self._spawn(self._finish(pending, returned)))

    async def _finish(self, pending: PendingSignIn, returned: Returned) -> Account:
        try:
            if pending.redeem is None:
                raise expired()  # a device code is not redeemed by a browser
            tokens = await pending.redeem(returned)
            account = await self._keep(tokens, pending.label, replace=pending.replace)
        except ApiError as error:
            self._failed(pending, error)
            raise
        pending.succeed(account)
        return account

    async def _follow(self, pending: PendingSignIn, device: DeviceCode) -> None:
        ends_at = self._now() + device.expires_in
        try:
            tokens = None
            while tokens is None:
                await asyncio.sleep(device.interval)
                if self._now() >= min(ends_at, pending.ends_at):
                    raise expired()
                tokens = await self._client.device_poll(device)
            account = await self._keep(tokens, pending.label, replace=pending.replace)
        except ApiError as error:
            self._failed(pending, error)
        else:
            pending.succeed(account)

    async def _watch(self, pending: PendingSignIn) -> None:
        """Stop listening when the last sign-in is over."""
        try:
            async with asyncio.timeout(self._book.life):
                await pending.outcome()
        except TimeoutError:
            pending.fail(expired())
        except ApiError as error:
            _log.info("sign_in.over", account=pending.label, code=error.code)
        await self._listener.close(only_if=lambda: not self._heard())

    async def _keep(
        self, tokens: TokenSet, label: str, *, replace: bool, revoke_stranger: bool = True
    ) -> Account:
        who = tokens.identity
        if who is None:
            raise ApiError(Kind.BAD_REQUEST, "The tokens name no account.", code="bad_id_token")
        holder = await self._holder(label)
        if holder is not None and not holder.belongs_to(who) and not replace:
            if revoke_stranger:
                await self._ways[tokens.kind].revoke(tokens)
            raise _another(label)
        account = Account(
            label=label,
            account_id=who.account_id,
            tokens=tokens,
            plan=who.plan,
            email=who.email,
            fedramp=who.fedramp,
            user_id=who.user_id,
        )
        await self._store.add(account)
        _log.info("sign_in.done", account=label, plan=who.plan, kind=account.kind)
        if not tokens.plan_use:
            raise no_consent(account)
        return account

    async def _free_label(self, kind: AccountKind) -> str:
        """Two kinds side by side is what people want who have an account of each."""
        first = await self._holder(DEFAULT_LABEL)
        return DEFAULT_LABEL if first is None or first.kind is kind else kind.value

    async def _holder(self, label: str) -> Account | None:
        try:
            known = await self._store.accounts()
        except ApiError as error:
            if error.kind is not Kind.SIGN_IN_REQUIRED:
                raise
            return None  # nothing but damaged files: a new sign-in is their remedy
        return next((account for account in known if account.label == label), None)

    def _heard(self) -> list[PendingSignIn]:
        return [pending for pending in self._book.open() if pending.redirect_uri]

    def _cancelled(self) -> None:
        for pending in self._heard():
            pending.fail(
                ApiError(
                    Kind.BAD_REQUEST,
                    "Another program took over the sign-in port, so this sign-in was cancelled.",
                    code="sign_in_cancelled",
                )
            )

    def _failed(self, pending: PendingSignIn, error: ApiError) -> None:
        _log.warning("sign_in.failed", account=pending.label, code=error.code or error.kind.value)
        pending.fail(error)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ApiError):
            _log.error("sign_in.broken", exc_info=error)


def _another(label: str) -> ApiError:
    return ApiError(
        Kind.FORBIDDEN,
        f"You signed in to another ChatGPT account than the one kept as {label!r}, so nothing was "
        "changed. Sign in with `--account NAME` to keep both, or with `--force` to replace it.",
        code="another_account",
    )
