"""Items of tools that the backend runs itself: web search and image generation."""

from typing import Any

from codex2api.simulator.scenarios.script import Script

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)
"""A PNG of one pixel."""

SOURCE = "https://example.invalid/simulated"


def web_search(script: Script, query: str) -> None:
    """Write one finished search."""
    index = script.next_index()
    item = {"id": script.item_id("ws", index), "type": "web_search_call", "status": "in_progress"}
    where = {"item_id": item["id"], "output_index": index}
    script.add("response.output_item.added", output_index=index, item=item)
    for step in ("in_progress", "searching", "completed"):
        script.add(f"response.web_search_call.{step}", **where)
    action = {"type": "search", "query": query, "queries": [query]}
    script.finish_item(index, item | {"status": "completed", "action": action})


def citation(text: str) -> dict[str, Any]:
    """An annotation that covers the whole of ``text``."""
    return {
        "type": "url_citation",
        "url": SOURCE,
        "title": "A simulated source",
        "start_index": 0,
        "end_index": len(text),
    }


def image(script: Script, *, padding: int = 0) -> None:
    """Write one finished image; ``padding`` bytes make its data line as long as wanted."""
    index = script.next_index()
    item = {
        "id": script.item_id("ig", index),
        "type": "image_generation_call",
        "status": "in_progress",
    }
    where = {"item_id": item["id"], "output_index": index}
    script.add("response.output_item.added", output_index=index, item=item)
    script.add("response.image_generation_call.in_progress", **where)
    script.add("response.image_generation_call.generating", **where)
    script.add(
        "response.image_generation_call.partial_image",
        **where,
        partial_image_index=0,
        partial_image_b64=PIXEL,
        output_format="png",
        size="1024x1024",
    )
    script.finish_item(
        index,
        item
        | {
            "status": "completed",
            "revised_prompt": "A simulated image",
            "output_format": "png",
            "size": "1024x1024",
            "result": PIXEL + "A" * padding,
        },
    )
