"""nginx where it is installed: a proxy to compare with, and the upstream's TLS."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.certificate import certificate
from bench.processes import wait_for_port
from bench.targets import SERVER_CORE, Target, free_port, started

_CONFIG = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors crit;
events {{ worker_connections 8192; }}
http {{
  access_log off; client_max_body_size 64m; client_body_buffer_size 2m; keepalive_requests 1000000;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  upstream simulator {{ server 127.0.0.1:{upstream}; keepalive 1024; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} {tls};
    location / {{
      proxy_pass http://simulator; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_buffering off; proxy_read_timeout 600s;
    }}
  }}
}}
"""


def has_nginx() -> bool:
    return _binary() is not None


@contextmanager
def nginx_proxy(upstream: int) -> Iterator[Target]:
    """nginx with ``proxy_buffering off`` and one worker; it passes on, and translates nothing."""
    with _nginx(upstream, "", SERVER_CORE) as port:
        target = Target("nginx (passes on)", f"http://127.0.0.1:{port}")
        yield target.found()


@contextmanager
def tls_upstream(upstream: int, core: str) -> Iterator[tuple[str, Path]]:
    """The simulator behind TLS: its address, and the certificate to trust."""
    with tempfile.TemporaryDirectory() as folder:
        file, _ = certificate(Path(folder))
        tls = f"ssl; ssl_certificate {file}; ssl_certificate_key {file}"
        with _nginx(upstream, tls, core) as port:
            yield f"https://127.0.0.1:{port}/backend-api", file


@contextmanager
def _nginx(upstream: int, tls: str, core: str) -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder:
        # Its worker, which is not root, keeps large bodies there.
        Path(folder).chmod(0o755)
        port = free_port()
        config = Path(folder) / "nginx.conf"
        config.write_text(_CONFIG.format(folder=folder, upstream=upstream, port=port, tls=tls))
        with started(core, [_binary() or "nginx", "-p", folder, "-c", str(config)]):
            wait_for_port(port)
            yield port


def _binary() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
