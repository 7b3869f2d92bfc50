"""Streams that broke and were shown as whole, or as the fault of the client.

CLIProxyAPI #3055 and icebear0828/codex-proxy #108.
"""

import httpx2
import pytest

from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROUTES = {
    "/v1/chat/completions": lambda text: {"messages": [{"role": "user", "content": text}]},
    "/v1/completions": lambda text: {"prompt": text, "max_tokens": 4000},
    "/v1/responses": lambda text: {"input": text},
}
SUCCESS = ('"finish_reason":"stop"', "response.completed", "[DONE]", '"status":"completed"')


@pytest.mark.parametrize("fault", ["cut", "reset_early", "close_early", "failed"])
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_breaks_is_no_success_and_nobodys_fault_but_the_backends(
    stranger: httpx2.AsyncClient, product: Served, path: str, fault: str, stream: bool
) -> None:
    body = {"model": "gpt-5.5", "stream": stream, **ROUTES[path](f"SCENARIO:{fault} go")}
    answer = await stranger.post(path, json=body, headers=product.bearer)

    assert answer.status_code >= 500 or (stream and answer.status_code == 200)
    assert '"error"' in answer.text
    assert [word for word in SUCCESS if word in answer.text] == []
