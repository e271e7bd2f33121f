"""A network that breaks connections: before a request has passed, or before its answer has."""

import asyncio
import contextlib
import random
from types import TracebackType
from typing import Self


class DroppingProxy:
    """Passes bytes on to a server, and at times cuts the connection instead."""

    def __init__(self, host: str, port: int, rng: random.Random) -> None:
        self.host, self.port = host, port
        self.share = 0.0
        """How many of the pieces of a conversation end it."""
        self.cuts = 0
        self._rng = rng
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()

    @property
    def url(self) -> str:
        """Where browsers find it."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            upstream = await asyncio.open_connection(self.host, self.port)
            await asyncio.wait(
                [
                    asyncio.create_task(self._pass_on(reader, upstream[1])),
                    asyncio.create_task(self._pass_on(upstream[0], writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            upstream[1].close()
        with contextlib.suppress(OSError):
            writer.close()

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await source.read(65536):
                if self._rng.random() < self.share:
                    self.cuts += 1
                    return
                target.write(piece)
                await target.drain()
