"""Routes of others that a ChatGPT plan cannot serve, and why: better a reason than a bare 404."""

_CODEX_LACKS = "No ChatGPT plan comes with that: the codex backend has no such endpoint."

_ROUTES: dict[str, str] = {
    "embeddings": f"Embeddings are not available. {_CODEX_LACKS}",
    "moderations": f"Moderation is not available. {_CODEX_LACKS}",
    "audio/speech": f"Speech synthesis is not available. {_CODEX_LACKS}",
    "audio/translations": f"Audio translation is not available. {_CODEX_LACKS}",
    "batches": f"Batches are not available. {_CODEX_LACKS}",
    "fine_tuning": f"Fine-tuning is not available. {_CODEX_LACKS}",
    "vector_stores": f"Vector stores are not available. {_CODEX_LACKS}",
    "assistants": f"Assistants are not available. {_CODEX_LACKS}",
    "threads": f"Assistants are not available. {_CODEX_LACKS}",
    "realtime": f"Realtime sessions are not available. {_CODEX_LACKS}",
    "evals": f"Evals are not available. {_CODEX_LACKS}",
    "containers": f"Containers are not available. {_CODEX_LACKS}",
    "videos": f"Videos are not available. {_CODEX_LACKS}",
    "skills": f"Hosted skills are not available. {_CODEX_LACKS}",
    "chatkit": f"ChatKit is not available. {_CODEX_LACKS}",
    "organization": f"Administration is not available. {_CODEX_LACKS}",
    "projects": f"Administration is not available. {_CODEX_LACKS}",
    "audio/voices": f"Voices of your own are not available. {_CODEX_LACKS}",
    "audio/voice_consents": f"Voices of your own are not available. {_CODEX_LACKS}",
    "uploads": f"Uploads in parts are not available. {_CODEX_LACKS}",
    "messages/batches": f"Batches are not available. {_CODEX_LACKS}",
    "images/variations": f"Image variations are not available. {_CODEX_LACKS}",
}


def why_unsupported(path: str) -> str | None:
    """The reason why a route of theirs is not served here; ``None`` for every other path."""
    if not path.startswith("/v1/"):
        return None
    first, _, rest = path.removeprefix("/v1/").partition("/")
    second = rest.partition("/")[0]
    return _ROUTES.get(f"{first}/{second}") or _ROUTES.get(first)
