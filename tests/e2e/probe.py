"""How long a page keeps its thread busy at a stretch, by Chromium's own trace: processor time, so that
whatever else runs on the machine does not count; and how fast this machine is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page

BAR_MS = 200
# What _WORK takes on the machine where the bar was set (2 cores at 2.6 GHz).
REFERENCE_MS = 60

# The kind of work that a page does with text: build elements and lay them out. The best of seven.
_WORK = """() => {
  const times = [];
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    const block = document.createElement("div");
    block.innerHTML = Array.from({ length: 300 }, (_, at) =>
      `<p>${`<b>word ${at}</b> and more words of a line `.repeat(12)}</p>`).join("");
    document.body.append(block);
    block.getBoundingClientRect();
    block.remove();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}"""


@dataclass
class Busy:
    """The longest task of the page's main thread, in ms of processor time."""

    worst_ms: float = 0.0


@contextmanager
def watching(page: Page) -> Iterator[Busy]:
    """Measure what the page does meanwhile."""
    browser = page.context.browser
    assert browser is not None
    busy = Busy()
    browser.start_tracing(page=page, categories=["toplevel"])
    try:
        yield busy
    finally:
        trace = browser.stop_tracing()
    events = json.loads(trace)["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        event["tdur"] / 1000
        for event in events
        if event["ph"] == "X" and (event["pid"], event["tid"]) in main and "tdur" in event
    ]
    assert tasks, "the trace tells of no task of the page"
    busy.worst_ms = max(tasks)


def bar_ms(page: Page) -> float:
    """No task may take longer: 200 ms, and as much more as this machine is slower just now."""
    blank = page.context.new_page()
    took_ms = float(blank.evaluate(_WORK))
    blank.close()
    return BAR_MS * max(1.0, took_ms / REFERENCE_MS)
