"""Tokens that say whose they are, signed by nobody."""

from typing import Any

import jwt

KEY = "only-for-tests-only-for-tests-only-for-tests"


def make_jwt(
    account_id: str | None = "workspace-a",
    *,
    user_id: str = "user-a",
    plan: str = "plus",
    exp: float | None = 2_000_000_000,
    **further: Any,
) -> str:
    auth = {"chatgpt_account_id": account_id, "chatgpt_plan_type": plan, "chatgpt_user_id": user_id}
    claims: dict[str, Any] = {"https://api.openai.com/auth": auth, "email": "ada@example.org"}
    if exp is not None:
        claims["exp"] = exp
    return jwt.encode(claims | further, KEY, algorithm="HS256")
