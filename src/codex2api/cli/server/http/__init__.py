"""HTTP/1.1 for any ASGI application, on httptools' parser; uvicorn hosts it (docs/adr/0032)."""
