"""Ask a process of the control plane whether it is well."""

from __future__ import annotations

import http.client
import ssl
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

_ANSWER_SECONDS = 2.0


def answers(url: str, authority: Path) -> bool:
    """Return whether `url` answers 200 within two seconds; TLS must be signed by `authority`."""
    target = urlsplit(url)
    host, port = str(target.hostname), target.port
    connection: http.client.HTTPConnection
    if target.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, port, timeout=_ANSWER_SECONDS, context=_trusting(authority.read_text())
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", target.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@lru_cache(maxsize=8)
def _trusting(authority: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority)
