"""One response as its bytes arrive: httptools' grammar, our limits, no IO."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from codex2api.upstream.transport import NotHttpError

_LONGEST_LINE = 64 * 1024
_MOST_LINES = 256
_MOST_OVERHEAD = 256 * 1024
"""Bytes of header and trailer lines, and of anything between two pieces of a body."""


class Message:
    """What has arrived of one response; the names with ``on_`` are called by the parser.

    Interim answers (100, 103) and trailers are read and forgotten.

    Attributes:
        headers: Names in lower case; of repeated ones the last.
        cookies: Every ``Set-Cookie`` line.
        begun: The status and all headers are there.
        complete: So is the last byte.
        reusable: The connection may carry another request.
        unread: Bytes that arrived since ``take``, framing included.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.cookies: list[str] = []
        self.begun = False
        self.complete = False
        self.reusable = False
        self.unread = 0
        self._pieces: list[bytes] = []
        self._lines = 0
        self._line_bytes = 0
        self._overhead = 0
        self.on_body = self._pieces.append
        self._parser = HttpResponseParser(self)

    @property
    def ready(self) -> bool:
        """Whether there is a piece of body to take, or none will come."""
        return self.complete or bool(self._pieces)

    def feed(self, data: bytes) -> None:
        """Take in what came; nothing more once it is complete.

        Raises:
            NotHttpError: It is not a response, or its head is beyond reason.
        """
        pieces = len(self._pieces)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.reusable = False  # bytes after the end: nobody knows whose they are
            if not self.complete:
                raise NotHttpError(str(error)) from error
        self.unread += len(data)
        self._overhead = 0 if len(self._pieces) > pieces else self._overhead + len(data)
        if self._overhead > _MOST_OVERHEAD:
            raise NotHttpError("too much besides the body")

    def end(self) -> None:
        """The other side has closed in good order, which ends a body that names no length."""
        framed = "content-length" in self.headers or "transfer-encoding" in self.headers
        self.complete = self.complete or (self.begun and not framed)

    def take(self) -> bytes:
        """The piece of body that has arrived since the last call."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        self.unread = 0
        return data

    def on_message_begin(self) -> None:
        """Refuse a second answer to one request."""
        if self.complete:
            raise ValueError("an answer to no request")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a line of the head, or count one of the trailer."""
        size = len(name) + len(value)
        self._lines += 1
        self._line_bytes += size
        if size > _LONGEST_LINE or self._lines > _MOST_LINES or self._line_bytes > _MOST_OVERHEAD:
            raise ValueError("headers beyond reason")
        if self.begun:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = text
        if key == "set-cookie":
            self.cookies.append(text)

    def on_headers_complete(self) -> None:
        """Begin, unless the head was an interim one."""
        self.status = self._parser.get_status_code()
        if self.status == 101:
            raise ValueError("a change of protocol that nobody asked for")
        self.begun = self.status >= 200

    def on_message_complete(self) -> None:
        """End, or forget an interim answer."""
        if self.begun:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()
            del self._parser  # it knows our methods: a circle that only the collector would find
        else:
            self.headers.clear()
            self.cookies.clear()
