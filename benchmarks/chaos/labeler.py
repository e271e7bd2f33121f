"""One labeler in one browser: ranks by keyboard, loses the network, closes tabs, goes on."""

import asyncio
import contextlib
import json
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Error, Page, Request, Response

from benchmarks.chaos.ledger import Ledger, Tiers

SUBMISSION = re.compile(r"/submissions/([0-9a-f-]{36})$")
PATIENCE_MS = 60_000
# The server may be dead for a while, and slow to come back on a busy machine.
LEAVING_S = 240
# Looking at each frame, twenty pages would keep two cores busy with being looked at.
POLLING_MS = 200
# What is on the screen: the question, and where each answer stands by the words a reader hears.
LOOK = """() => {
  const question = document.querySelector('main')?.innerText.match(/Question \\d+/)?.[0] ?? '';
  const answers = [...document.querySelectorAll('[role=article], article')].map((card) => ({
    name: card.getAttribute('aria-label') ?? '',
    text: card.textContent.match(/Answer \\d+ to question \\d+/)?.[0] ?? '',
  }));
  return { question, answers };
}"""
ARRIVED = """([before, count]) => {
  const main = document.querySelector('main')?.innerText ?? '';
  const question = main.match(/Question \\d+/)?.[0];
  const cards = [...document.querySelectorAll('[role=article], article')];
  return Boolean(question) && question !== before && cards.length === count
    && cards.every((card) => /Answer \\d+ to question/.test(card.textContent));
}"""

GONE = "(before) => !document.querySelector('main')?.innerText.includes(before + '?')"


@dataclass
class Troubles:
    """How often what happened."""

    offline: int = 0
    reloads: int = 0
    closed_tabs: int = 0
    reopened_at_once: int = 0


@dataclass
class Labeler:
    """The `name` is the user name; `cookie` the signed-in session. `begins_after` and `reading` (the
    mean before each ranking) in seconds: people neither come at the same moment nor rank unread.
    """

    name: str
    cookie: Any
    path: str
    ledger: Ledger
    rng: random.Random
    answers: int
    begins_after: float = 0.0
    reading: float = 0.0
    troubles: Troubles = field(default_factory=Troubles)
    done: int = 0
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def work(self, browser: Browser, url: str, rankings: int) -> BrowserContext:
        """Hand in so many rankings; the context is returned as it was left."""
        await asyncio.sleep(self.begins_after)
        context = await browser.new_context(base_url=url, locale="en-US")
        context.set_default_timeout(PATIENCE_MS)
        await context.add_cookies([self.cookie | {"url": url}])
        context.on("request", self._sent)
        context.on("response", self._answered)
        page = await self._open(context)
        last = ""
        while self.done < rankings:
            try:
                last = await self._rank(page, last)
            except Error:  # the page could not load, or went away under us: a person opens it again
                await context.set_offline(False)
                page = await self._reopen(page)
                continue
            self.done += 1
            page = await self._trouble(page)
        await context.set_offline(False)
        return context

    async def _rank(self, page: Page, last: str) -> str:
        await page.wait_for_function(ARRIVED, arg=[last, self.answers], polling=POLLING_MS)
        await asyncio.sleep(self.rng.expovariate(1 / self.reading) if self.reading else 0)
        seen = await page.evaluate(LOOK)
        unplaced = sum("not placed" in each["name"] for each in seen["answers"])
        for _ in range(unplaced):
            await page.keyboard.press(str(self.rng.randint(1, self.answers)))
        seen = await page.evaluate(LOOK)
        question = str(seen["question"])
        self.ledger.meant[self.name, question] = _order(seen["answers"])
        until = time.monotonic() + LEAVING_S
        while (
            time.monotonic() < until
        ):  # a hint about what was not read is passed by a second press
            await page.keyboard.press("Enter")
            with contextlib.suppress(Error):
                await page.wait_for_function(GONE, arg=question, timeout=1_500, polling=POLLING_MS)
                return question
        says = await page.evaluate("document.body.innerText")
        raise AssertionError(f"{self.name}: {question} does not leave the screen:\n{says}")

    async def _trouble(self, page: Page) -> Page:
        context = page.context
        draw = self.rng.random()
        if draw < 0.2:
            self.troubles.offline += 1
            await context.set_offline(True)
            task = asyncio.create_task(self._online_again(context))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif draw < 0.3:
            self.troubles.reloads += 1
            with contextlib.suppress(Error):
                await page.reload()
        elif draw < 0.4:
            self.troubles.closed_tabs += 1
            await page.close()
            await asyncio.sleep(self.rng.random())
            page = await self._open(context)
        elif draw < 0.45:
            self.troubles.reopened_at_once += 1
            fresh = await self._open(context)
            await page.close()
            page = fresh
        return page

    async def _online_again(self, context: BrowserContext) -> None:
        await asyncio.sleep(self.rng.uniform(0.2, 4))
        with contextlib.suppress(Error):
            await context.set_offline(False)

    async def _open(self, context: BrowserContext) -> Page:
        page = await context.new_page()
        return await self._arrive(page)

    async def _reopen(self, page: Page) -> Page:
        context = page.context
        await page.close()
        return await self._open(context)

    async def _arrive(self, page: Page) -> Page:
        for _ in range(100):
            with contextlib.suppress(Error):
                await page.goto(self.path)
                return page
            await page.context.set_offline(False)
            await asyncio.sleep(0.5)
        raise AssertionError(f"{self.name}: the page does not open")

    def _sent(self, request: Request) -> None:
        found = SUBMISSION.search(request.url)
        if found and request.post_data:
            self.ledger.sent[found[1]] = json.loads(request.post_data)

    def _answered(self, response: Response) -> None:
        found = SUBMISSION.search(response.url)
        if found and response.status in (200, 201):
            self.ledger.acknowledged.add(found[1])


def _order(answers: list[dict[str, str]]) -> Tiers:
    tiers: dict[int, set[str]] = {}
    for answer in answers:
        place = re.search(r"Tier (\d+)", answer["name"])
        assert place, answer
        tiers.setdefault(int(place[1]), set()).add(answer["text"])
    return [frozenset(tiers[number]) for number in sorted(tiers)]
