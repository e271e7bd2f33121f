"""How fast the labeling screen is: first load, and from handing in to the next item.

    python -m benchmarks.labeling_screen --items 20 --loads 10

Drives Chromium on the real server with its own PostgreSQL, all on this machine. Items have K answers of
Markdown with lists, tables and code. "Interactive" is the first moment at which the next item has been
painted and the page takes a key; the clock runs in the page, from the press of Enter. A first load is
one with an empty cache, from the start of the navigation to the painted item. Medians, and the worst.
"""

import argparse
import json
import random
import statistics
from typing import Any

from benchmarks.house import chromium, house

# From the press that hands in, and from the start of the page, to a painted item.
WATCH = """
(() => {
  const question = () => document.querySelector('main')?.textContent.match(/Question \\d+/)?.[0];
  const isThere = (count) => {
    const cards = [...document.querySelectorAll('[role=article], article')];
    return cards.length === count && cards.every((card) => /Answer \\d+ to/.test(card.textContent));
  };
  // looked for before each frame is painted: what comes next runs behind that frame
  const painted = (then) => setTimeout(() => then(performance.now()));
  window.tiebreakTimes = { load: null, next: [], shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) window.tiebreakTimes.shift += entry.value;
    }
  }).observe({ type: 'layout-shift', buffered: true });
  const firstLook = () => {
    if (question() && isThere(COUNT)) painted((now) => { window.tiebreakTimes.load = now; });
    else requestAnimationFrame(firstLook);
  };
  requestAnimationFrame(firstLook);
  let turn = 0;
  window.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const [mine, start, before] = [++turn, performance.now(), question()];
    const look = () => {
      if (turn !== mine) return;
      if (question() && question() !== before && isThere(COUNT)) {
        painted((now) => window.tiebreakTimes.next.push(now - start));
      } else requestAnimationFrame(look);
    };
    look();
  }, { capture: true });
})();
"""
PARAGRAPH = (
    "The sky looks **blue** because air scatters short waves more than long ones: the amount goes with "
    "the *fourth power* of the frequency, so that violet and blue reach the eye from every side. "
)
BLOCKS = (
    PARAGRAPH,
    "1. First, light enters the air.\n2. Then it is scattered.\n3. At last it is seen.\n",
    "| colour | nm |\n|---|---|\n| violet | 400 |\n| blue | 470 |\n| red | 700 |\n",
    "```python\ndef share(nm: float) -> float:\n    return (400 / nm) ** 4\n```\n",
)


def main() -> None:
    """Both sizes of answers, and first loads."""
    options = _options()
    with house():
        from django.db import connection

        from tests.cast import assemble
        from tests.e2e.server import Server

        cast = assemble()
        server = Server(connection.settings_dict)
        server.start()
        try:
            report = [_measure(options, server, cast, size) for size in (3_000, 20_000)]
        finally:
            server.kill()
    for row in report:
        print("  ".join(f"{name.replace('_', ' ')} {value}" for name, value in row.items()))
    print(json.dumps(report))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--loads", type=int, default=10)
    parser.add_argument("--answers", type=int, default=5, help="completions per item")
    parser.add_argument("--chromium", default=chromium(), required=chromium() is None)
    return parser.parse_args()


def _measure(options: argparse.Namespace, server: Any, cast: Any, size: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    from annotation.accounts.models import User
    from annotation.corpus.models import PromptSet
    from annotation.projects.models import Membership, Project, Role
    from tests.e2e.campaign import Campaign, add_item
    from tests.e2e.conftest import session_cookie

    rng = random.Random(size)
    project = Project.objects.create(
        name=f"Answers of {size} characters", language="en", completions_per_item=options.answers
    )
    prompts = PromptSet.objects.create(
        project=project, name="prompts", purpose=PromptSet.Purpose.REWARD, language="en"
    )
    work = Campaign(cast, project, prompts)
    for number in range(options.items + 3):
        add_item(
            work,
            f"Question {number}: why is the sky blue?",
            [_answer(rng, n, number, size) for n in range(options.answers)],
            priority=-number,
        )
    person = User.objects.create(username=f"reader{size}")
    Membership.objects.create(project=work.project, user=person, role=Role.LABELER)
    watch = WATCH.replace("COUNT", str(options.answers))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=options.chromium, args=["--no-sandbox"]
        )

        def open_page() -> Any:
            context = browser.new_context(
                base_url=server.url, locale="en-US", viewport={"width": 1440, "height": 900}
            )
            context.add_cookies([session_cookie(server, person)])
            page = context.new_page()
            page.add_init_script(watch)
            page.goto(work.label_path)
            page.wait_for_function("() => window.tiebreakTimes.load !== null")
            return page

        loads, sent = [], 0
        for _ in range(options.loads):
            page = open_page()
            loads.append(page.evaluate("window.tiebreakTimes.load"))
            sent = page.evaluate(
                "performance.getEntriesByType('resource').filter(({ name }) => "
                "name.includes('/static/')).reduce((sum, { transferSize }) => sum + transferSize, 0)"
            )
            page.context.close()
        page = open_page()
        for turn in range(options.items):
            page.wait_for_timeout(700)  # nobody ranks faster
            for _ in range(options.answers):
                page.keyboard.press(str(rng.randint(1, options.answers)))
            for _ in range(4):  # what was not read is asked about
                page.keyboard.press("Enter")
                page.wait_for_timeout(250)
                if page.evaluate("window.tiebreakTimes.next.length") > turn:
                    break
            page.wait_for_function("(n) => window.tiebreakTimes.next.length > n", arg=turn)
        times = page.evaluate("window.tiebreakTimes")
        browser.close()
    return {
        "characters_per_answer": size,
        "next_item_ms": round(statistics.median(times["next"]), 1),
        "next_item_worst_ms": round(max(times["next"]), 1),
        "first_load_ms": round(statistics.median(loads)),
        "first_load_worst_ms": round(max(loads)),
        "files_kB": round(sent / 1000, 1),
        "layout_shift": round(times["shift"], 4),
    }


def _answer(rng: random.Random, number: int, question: int, size: int) -> str:
    text = f"Answer {number} to question {question}.\n\n"
    while len(text) < size:
        text += rng.choice(BLOCKS) + "\n"
    return text


if __name__ == "__main__":
    main()
