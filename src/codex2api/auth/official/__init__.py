"""OpenAI's documented "Sign in with ChatGPT" for open-source apps (docs/sign-in.md)."""
