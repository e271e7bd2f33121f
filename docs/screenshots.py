"""Take the pictures in docs/images/ from a running Tiebreak with its demonstration.

    make up                                    # in one terminal
    .venv/bin/python docs/screenshots.py       # in another, once the demonstration is complete

Works like a person: signs in, ranks a few items by keyboard, trains a reward model on them, and looks
at every page in both languages, wide and narrow. Needs Chromium and a font for Chinese.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs" / "images"
LARGEST_BYTES = 300_000
LANGUAGES = {"en": ("en-US", "Everyday answers"), "zh": ("zh-CN", "日常问答")}
WIDE, NARROW = (1440, 900), (390, 844)
TRAINING_TIMEOUT_S = 900


class Photographer:
    """Somebody with a browser in one language and size."""

    def __init__(
        self, browser: Browser, address: str, language: str, size: tuple[int, int]
    ) -> None:
        self.language = language
        self.narrow = size == NARROW
        self.project_name = LANGUAGES[language][1]
        self.context = browser.new_context(
            base_url=address,
            locale=LANGUAGES[language][0],
            viewport={"width": size[0], "height": size[1]},
            is_mobile=self.narrow,
            has_touch=self.narrow,
        )
        self.page = self.context.new_page()

    def sign_in(self, username: str, password: str) -> None:
        self.page.goto("/sign-in")
        self.page.locator("[name=username]").fill(username)
        self.page.locator("[name=password]").fill(password)
        self.page.locator("button[type=submit]").click()
        expect(self.page.locator("main li").first).to_be_visible()

    def project(self) -> str:
        """The id of the demonstration project in this language."""
        found = self.page.evaluate("fetch('/api/v1/projects').then(answer => answer.json())")
        return next(str(one["id"]) for one in found if one["name"] == self.project_name)

    def take(self, name: str, *, settle_ms: int = 500) -> None:
        """One picture of what is on the screen."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(settle_ms)
        size = "narrow" if self.narrow else "wide"
        path = IMAGES / f"{name}-{self.language}-{size}.png"
        self.page.screenshot(path=path)
        if path.stat().st_size > LARGEST_BYTES:
            raise SystemExit(f"{path.name} is larger than {LARGEST_BYTES} bytes")
        print(path.name)


def labeling(by: Photographer) -> None:
    """The labeler's day: home, an item, its order, the dialogs, the history."""
    page = by.page
    if not by.narrow:
        by.take("home")
    page.goto(f"/label/{by.project()}")
    expect(page.locator("article").first).to_be_visible()
    answers = page.locator("article").count()
    for key in ["2", "1", "3", "2", "4", "1", "3", "5", "2"][:answers]:
        page.keyboard.press(key)
    by.take("labeling")
    if by.narrow:
        return
    for key, name in (("?", "keys"), ("g", "guidelines")):
        page.keyboard.press(key)
        expect(page.locator("dialog")).to_be_visible()
        by.take(f"labeling-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()


def rank(page: Page, project: str, wanted: int) -> None:
    """Rank so many items by keyboard alone, longer answers first: it is only for the pictures."""
    page.goto(f"/label/{project}")
    first = page.locator("article").first
    for _ in range(wanted):
        expect(page.locator("article, textarea, main h2").first).to_be_visible()
        if not first.is_visible():
            return  # only answers to write are left, or nothing
        texts = page.locator("article").all_inner_texts()
        lengths = sorted({len(text) // 20 for text in texts}, reverse=True)
        for text in texts:
            page.keyboard.press(str(lengths.index(len(text) // 20) + 1))
        prompt = page.locator("main section").first
        before = prompt.inner_text()
        page.keyboard.press("Enter")
        expect(prompt).not_to_have_text(before, use_inner_text=True)


def train(page: Page, project: str) -> str:
    """Freeze the judgments, train a reward model on them, wait; its run's id."""
    start = """async ([project, runs]) => {
      const token = document.cookie.match(/csrf=([^;]+)/)[1];
      let before = null;
      for (const body of runs) {
        const answer = await fetch(`/api/v1/projects/${project}/runs`, {
          method: "POST",
          headers: {"Content-Type": "application/json", "X-CSRFToken": token},
          body: JSON.stringify({...body, waits_for: before}),
        });
        if (!answer.ok) throw new Error(await answer.text());
        before = (await answer.json()).id;
      }
      return before;
    }"""
    runs = [
        {"kind": "export", "config": {"validation_fraction": 0.3}},
        {
            "kind": "reward",
            "config": {"epochs": 4, "prompts_per_step": 4, "evaluate_every_steps": 2},
        },
    ]
    run = str(page.evaluate(start, [project, runs]))
    deadline = time.monotonic() + TRAINING_TIMEOUT_S
    while time.monotonic() < deadline:
        status = page.evaluate(
            "run => fetch(`/api/v1/runs/${run}`).then(answer => answer.json()).then(r => r.status)",
            run,
        )
        if status in ("succeeded", "failed", "cancelled"):
            return run
        page.wait_for_timeout(2000)
    raise SystemExit(f"run {run} has not ended")


def consoles(by: Photographer, pages: dict[str, str]) -> None:
    """Pages of the admin's or the ML team's console, by the name of the picture."""
    for name, path in pages.items():
        by.page.goto(path)
        expect(by.page.locator("h1")).to_be_visible()
        by.take(name, settle_ms=900)


@contextmanager
def photographer(browser: Browser, address: str, *look: Any) -> Iterator[Photographer]:
    by = Photographer(browser, address, *look)
    yield by
    by.context.close()


def main() -> None:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TIEBREAK_DATA_DIR", "var"))
    address = json.loads((data / "state.json").read_text())["address"]
    accounts = json.loads((data / "secrets" / "demo_accounts.json").read_text())
    password = {account["username"]: account["password"] for account in accounts}
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"],
        )
        for language in LANGUAGES:
            for size in (WIDE, NARROW):
                with photographer(browser, address, language, size) as by:
                    by.sign_in("labeler", password["labeler"])
                    labeling(by)
            for username in ("labeler", "labeler2"):
                with photographer(browser, address, language, WIDE) as by:
                    by.sign_in(username, password[username])
                    rank(by.page, by.project(), 30)
            with photographer(browser, address, language, WIDE) as by:
                by.sign_in("ml", password["ml"])
                run = train(by.page, by.project())
                at = f"/train/{by.project()}"
                pages = {
                    "train-run": f"{at}/runs/{run}",
                    "train-new-run": f"{at}/runs/new?kind=ppo",
                    "train-versions": f"{at}/versions",
                }
                consoles(by, pages)
            with photographer(browser, address, language, WIDE) as by:
                by.sign_in("admin", password["admin"])
                at = f"/manage/{by.project()}"
                pages = {f"manage-{name}": f"{at}/{name}" for name in ("overview", "items", "data")}
                consoles(by, pages)


if __name__ == "__main__":
    main()
