"""The course of a chaos run: labelers at work, and what is done to them meanwhile."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import connection
from playwright.async_api import BrowserContext, async_playwright

from annotation.labeling.models import Ranking
from benchmarks.chaos.labeler import Labeler
from benchmarks.chaos.proxy import DroppingProxy

DRAIN_S = 120


class Web(Protocol):
    """The web program, to be killed and started again."""

    port: int

    def kill(self) -> None: ...
    def start(self) -> None: ...
    def is_ready(self) -> bool: ...


@dataclass
class Course:
    """`share`: how many pieces of traffic break their connection. Trouble comes after so many rankings
    and not after so many seconds: a slow machine has no more of it. Times in seconds.
    """

    labelers: Sequence[Labeler]
    rankings: int
    web: Web
    executable: str
    rng: random.Random
    share: float = 0.01
    kill_every: float = 20
    expire_every: float = 8
    kills: int = 0
    expired: int = 0
    cuts: int = 0
    seconds: float = 0.0
    drain_seconds: float = 0.0

    def run(self) -> None:
        """Every labeler hands in their part; then everything is mended and has to arrive."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        begun = time.monotonic()
        rng = random.Random(self.rng.random())
        async with (
            async_playwright() as playwright,
            DroppingProxy("127.0.0.1", self.web.port, rng) as proxy,
        ):
            browser = await playwright.chromium.launch(
                executable_path=self.executable, args=["--no-sandbox"]
            )
            proxy.share = self.share
            killing = asyncio.create_task(self._kill())
            expiring = asyncio.create_task(self._expire())
            each = [self.rankings // len(self.labelers)] * len(self.labelers)
            for extra in range(self.rankings % len(self.labelers)):
                each[extra] += 1
            contexts = await asyncio.gather(
                *(
                    labeler.work(browser, proxy.url, count)
                    for labeler, count in zip(self.labelers, each, strict=True)
                )
            )
            proxy.share = 0.0
            for task in (expiring, killing):
                await self._end(task)
            self.seconds = time.monotonic() - begun
            await self._drain(contexts)
            self.drain_seconds = time.monotonic() - begun - self.seconds
            self.cuts = proxy.cuts
            await browser.close()

    async def _kill(self) -> None:
        while True:
            await self._rankings_later(self.kill_every)
            await asyncio.shield(asyncio.to_thread(self._kill_once, self.rng.uniform(0, 3)))

    def _kill_once(self, pause: float) -> None:
        self.web.kill()
        self.kills += 1
        time.sleep(pause)
        while True:
            try:
                return self.web.start()
            except RuntimeError:  # on a busy machine it may not be there in time: once more
                self.web.kill()

    async def _rankings_later(self, mean: float) -> None:
        target = self._done() + mean * self.rng.uniform(0.6, 1.4)
        while self._done() < target:
            await asyncio.sleep(0.3)

    def _done(self) -> int:
        return sum(labeler.done for labeler in self.labelers)

    async def _expire(self) -> None:
        while True:
            await self._rankings_later(self.expire_every)
            self.expired += await asyncio.to_thread(_expire_some)

    async def _end(self, task: "asyncio.Task[None]") -> None:
        """A kill under way comes to its end: the server is up again."""
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while not await asyncio.to_thread(self.web.is_ready):
            await asyncio.sleep(0.2)

    async def _drain(self, contexts: Sequence[BrowserContext]) -> None:
        """Everybody opens their home page: what is unsent goes out."""
        for context in contexts:
            page = await context.new_page()
            await page.goto("/")
        until = time.monotonic() + DRAIN_S
        while time.monotonic() < until and await asyncio.to_thread(_stored) < self.rankings:
            await asyncio.sleep(0.3)
        for context in contexts:
            await context.close()


def _expire_some() -> int:
    """A third of all leases end now, and their slots are open to everybody."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE labeling_slot SET lease_until = clock_timestamp() - interval '1 second' "
                "WHERE id IN (SELECT id FROM labeling_slot WHERE state = 'leased' "
                "AND random() < 0.33 FOR UPDATE SKIP LOCKED)"
            )
            cursor.execute("SELECT labeling_sweep(NULL, 1000)")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()


def _stored() -> int:
    try:
        return Ranking.objects.exclude(state="withdrawn").count()
    finally:
        connection.close()
