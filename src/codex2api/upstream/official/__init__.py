"""The public API for accounts of OpenAI's official sign-in (docs/sign-in.md)."""
