"""What we answer, against OpenAI's published schema and against real clients."""
