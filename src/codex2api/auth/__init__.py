"""Sign in with ChatGPT: browser, device code or pasted address, down to stored tokens."""
