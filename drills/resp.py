"""Just enough of Redis' protocol to measure with: no pool, no retry, no back-off that would add to what is measured."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Reply: TypeAlias = "bytes | int | list[Reply] | Refusal | None"
Word = bytes | str | int


class Refusal(Exception):  # noqa: N818  an answer like any other; only `Connection.ask` raises it
    """An error that the server answered, such as `MOVED 42 host:6379`."""

    @property
    def code(self) -> str:
        """The first word: `MOVED`, `CLUSTERDOWN`, `LOADING`."""
        return str(self).partition(" ")[0]


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a client proves who it is and checks whom it talks to."""

    context: ssl.SSLContext
    user: str
    password: str


class Connection:
    """One TLS connection to one node."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, address: str, port: int, *, name: str, access: Access) -> Connection:
        """Connect to `address`, whose certificate must be for `name`, and log in."""
        reader, writer = await asyncio.open_connection(
            address, port, ssl=access.context, server_hostname=name, limit=1 << 20
        )
        connection = cls(reader, writer)
        try:
            await connection.ask("AUTH", access.user, access.password)
        except BaseException:
            connection.close()
            raise
        return connection

    async def ask(self, *words: Word) -> Reply:
        """Send one command and return the answer. Raises `Refusal`, `OSError` and `EOFError`."""
        reply = (await self.ask_all([words]))[0]
        if isinstance(reply, Refusal):
            raise reply
        return reply

    async def ask_all(self, commands: Sequence[Sequence[Word]]) -> list[Reply]:
        """Send commands in one go and return their answers in order; a refusal is an answer."""
        self._writer.write(b"".join(map(_encoded, commands)))
        await self._writer.drain()
        return [await self._read() for _ in commands]

    def close(self) -> None:
        """Let go of the connection without a farewell."""
        self._writer.transport.abort()

    async def _read(self) -> Reply:
        line = await self._reader.readuntil(b"\r\n")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return Refusal(rest.decode())
        if kind == b":":
            return int(rest)
        length = int(rest)
        if length < 0:
            return None
        if kind == b"$":
            return (await self._reader.readexactly(length + 2))[:-2]
        return [await self._read() for _ in range(length)]


def _encoded(words: Sequence[Word]) -> bytes:
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
