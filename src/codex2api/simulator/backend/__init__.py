"""The simulated codex backend under ``/backend-api`` (protocol sheet, sections 2 to 7)."""
