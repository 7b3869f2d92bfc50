"""The prompt cache: how much of a request was seen before under the same key."""

from collections import OrderedDict

from codex2api.protocol.json import Json, encode

MAX_KEYS = 1000
BYTES_PER_TOKEN = 4


def tokens_in(size: int) -> int:
    """A token count from a size in bytes; good enough to be plausible."""
    return max(1, size // BYTES_PER_TOKEN) if size else 0


class PromptCache:
    """Remembers, per account and ``prompt_cache_key``, the last prompt as a list of pieces."""

    def __init__(self) -> None:
        self._prompts: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def count(self, account_id: str, body: Json) -> tuple[int, int]:
        """Input tokens of ``body`` and how many of them were cached; remembers it."""
        head = (body.get("instructions"), body.get("tools"))
        encoded = [encode(piece) for piece in (head, *body["input"])]
        total = tokens_in(sum(map(len, encoded)))
        key = body.get("prompt_cache_key")
        if not isinstance(key, str):
            return total, 0
        slot = (account_id, key)
        hashes = [hash(piece) for piece in encoded]
        seen = self._prompts.get(slot, [])
        self._remember(slot, hashes)
        shared = 0
        for piece, new, old in zip(encoded, hashes, seen, strict=False):
            if new != old:
                break
            shared += len(piece)
        return total, tokens_in(shared)

    def _remember(self, slot: tuple[str, str], hashes: list[int]) -> None:
        self._prompts[slot] = hashes
        self._prompts.move_to_end(slot)
        if len(self._prompts) > MAX_KEYS:
            self._prompts.popitem(last=False)
