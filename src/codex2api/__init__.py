"""codex2api: your own ChatGPT plan behind the OpenAI API."""

__version__ = "0.1.0"
