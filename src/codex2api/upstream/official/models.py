"""The model list of these accounts."""

from dataclasses import dataclass, replace

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.models import PATIENCE, readable
from codex2api.upstream.official import failures


@dataclass(frozen=True, slots=True)
class OfficialModels:
    """The public API's ``ModelList``."""

    backend: Backend

    async def fetch(self, credential: Credential, known: Catalog | None) -> Catalog:  # noqa: ARG002 (this list has no mark)
        """As ``ModelList`` says.

        Newer models are only told to who names a version of Codex; the templates that come along,
        dozens of kilobytes for each model, are not kept.
        """
        path = f"/models?client_version={self.backend.client_version}"
        status, headers, body = await self.backend.get(path, credential, patience=PATIENCE)
        if status != 200:
            about = Circumstances(self.backend.now(), secrets=(credential.access_token,))
            raise failures.from_answer(status, headers, body, about)
        catalog = readable(body, None)
        specs = tuple(replace(spec, base_instructions=None) for spec in catalog.specs)
        return replace(catalog, specs=specs)
