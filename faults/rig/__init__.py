"""What a row needs to do harm: a scripted ChatGPT, raw callers, the product as a process."""
