"""The simulated official sign-in and the public API behind it (docs/sign-in.md)."""
