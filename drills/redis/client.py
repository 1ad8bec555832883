"""Redis clients to measure with: one server each, no retry and no back-off that would add to what is measured."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

from components.redis.contract import PORT

UNREACHABLE = (NoConnection, NoAnswer, OSError)
"""A server that does not answer; one that is still loading is among them."""
ANSWER_SECONDS = 1.0


class _NamedConnection(Connection):
    """TLS to an address whose certificate is for a name: no DNS finds a pod here."""

    def __init__(self, *, name: str, context: ssl.SSLContext, **given: Any) -> None:
        super().__init__(**given)
        self._tls = {"ssl": context, "server_hostname": name}

    def _connection_arguments(self) -> Mapping[str, Any]:
        return {**super()._connection_arguments(), **self._tls}


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clients of one user, one for each address; `close` ends all of them."""

    context: ssl.SSLContext
    user: str
    password: str
    answer_seconds: float = ANSWER_SECONDS
    _by_address: dict[str, Redis] = field(default_factory=dict)

    def at(self, address: str, name: str) -> Redis:
        """Return the client of the server at `address`, whose certificate must be for `name`."""
        if address not in self._by_address:
            pool = ConnectionPool(
                connection_class=_NamedConnection,
                host=address,
                port=PORT,
                name=name,
                context=self.context,
                username=self.user,
                password=self.password,
                socket_timeout=self.answer_seconds,
                socket_connect_timeout=self.answer_seconds,
                retry=Retry(NoBackoff(), 0),
                driver_info=None,
                protocol=2,
            )
            self._by_address[address] = Redis.from_pool(pool)
        return self._by_address[address]

    async def close(self) -> None:
        """End all connections."""
        for client in self._by_address.values():
            await client.aclose()
        self._by_address.clear()
