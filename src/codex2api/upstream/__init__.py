"""The codex backend: what it wants to hear, how it refuses, and the only code that calls it."""
