"""Which account serves next; pure."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b


def choose(labels: Sequence[str], lent: Mapping[str, int], affinity: str | None = None) -> str:
    """The label to serve a call.

    With an affinity (one conversation, say) the answer stays the same as long as that account is
    among those on offer, because the backend's prompt cache belongs to an account; when an account
    comes or goes, only its own share moves. Without, the least busy one serves, first come first.

    Args:
        labels: Accounts on offer; at least one.
        lent: How many calls each serves at this moment.
        affinity: What should keep meeting the same account.
    """
    if len(labels) == 1:
        return labels[0]
    if affinity is not None:
        return max(labels, key=lambda label: _weight(affinity, label))
    return min(labels, key=lambda label: lent.get(label, 0))


def _weight(affinity: str, label: str) -> bytes:
    return blake2b(f"{affinity}\0{label}".encode(), digest_size=8).digest()
