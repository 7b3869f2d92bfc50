"""A small HTTP/1.1 client for event streams: one connection a request, kept for the next one."""
