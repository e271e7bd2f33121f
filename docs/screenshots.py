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
from pathlib import Path

from photographer import IMAGES, LANGUAGES, NARROW, WIDE, Photographer, photographer
from pictures_of_admin import admin_pages
from pictures_of_work import modes
from playwright.sync_api import Page, expect, sync_playwright

TRAINING_TIMEOUT_S = 900


def labeling(by: Photographer) -> None:
    """The labeler's day: home, one item from the first grade to the last line, dialogs, history."""
    page = by.page
    by.take("home")
    project = by.project()
    page.goto(f"/label/{project}")
    expect(page.locator("article").first).to_be_visible()
    read_everything(page)
    answers = page.locator("article").count()
    axes = page.locator("aside [role=radiogroup]").count()
    for key in GRADES[: answers * axes - 1]:
        page.keyboard.press(key)
    by.take("grade")
    page.keyboard.press(GRADES[answers * axes - 1])
    step(page, 1)
    by.take("suggestion")
    page.keyboard.press("a")
    page.keyboard.press(".")
    by.take("labeling")
    if not by.narrow:
        dialogs(by)
    step(page, 2)
    by.take("confirm")
    page.keyboard.press("v")
    by.take("difference", settle_ms=900)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("2")
    step(page, 3)
    by.take("submit")
    prompt = page.locator("main section").first
    before = prompt.inner_text()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # asked about what was not read, where there is such
    expect(prompt).not_to_have_text(before, use_inner_text=True)
    page.goto(f"/label/{project}/history")
    expect(page.locator("main li").first).to_be_visible()
    by.take("history")


GRADES = "635274162534" * 3


def step(page: Page, number: int) -> None:
    """Go to a step by its name at the top of the board."""
    page.locator("nav ol li button").nth(number).click()
    expect(page.locator("nav ol li button").nth(number)).to_have_attribute("aria-current", "step")
    page.evaluate(
        "document.activeElement.blur()"
    )  # Enter is to mean the screen's, not the button's


def read_everything(page: Page) -> None:
    """Scroll through the answers as a reader would, and back."""
    for _ in range(12):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(150)
    page.evaluate("window.scrollTo(0, 0)")


def dialogs(by: Photographer) -> None:
    """What lies over the screen for a moment."""
    page = by.page
    for key, name in (("?", "keys"), ("g", "guidelines"), ("t", "report"), ("s", "skip")):
        page.keyboard.press(key)
        expect(page.locator("dialog")).to_be_visible()
        by.take(f"labeling-{name}")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()


def rank(page: Page, project: str, wanted: int, *, contrary_every: int) -> None:
    """Rank so many items through the API, longer answers first, but last in every so many-th item
    (0: in none): it is only for the pictures, and review needs somebody to disagree.
    """
    page.evaluate(
        """async ([project, wanted, contraryEvery]) => {
          const token = document.cookie.match(/csrf=([^;]+)/)[1];
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          const send = (method, path, body) =>
            fetch(`/api/v1/${path}`, {method, headers, body: JSON.stringify(body)});
          for (let number = 0; number < wanted; number++) {
            const claimed = await send("POST", `projects/${project}/claims`, {holding: []});
            if (claimed.status !== 200) return;
            const item = await claimed.json();
            if (item.item.kind !== "ranking") return;
            const sign = contraryEvery && number % contraryEvery === 0 ? -1 : 1;
            const order = [...item.completions].sort((a, b) => sign * (b.text.length - a.text.length));
            const path = `slots/${item.slot_id}/submissions/${crypto.randomUUID()}`;
            const body = {lease_token: item.lease_token, tiers: order.map(({id}) => [id])};
            const answer = await send("PUT", path, body);
            if (!answer.ok) throw new Error(await answer.text());
          }
        }""",
        [project, wanted, contrary_every],
    )


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
    """Pages of the ML team's console, by the name of the picture."""
    for name, path in pages.items():
        by.page.goto(path)
        expect(by.page.locator("h1")).to_be_visible()
        by.take(name, settle_ms=900)


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
            modes(browser, address, language, password["admin"])
            for username, contrary_every in (("labeler", 0), ("labeler2", 5)):
                with photographer(browser, address, language, WIDE) as by:
                    by.sign_in(username, password[username])
                    rank(by.page, by.project(), 30, contrary_every=contrary_every)
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
            admin_pages(browser, address, language, password["admin"])


if __name__ == "__main__":
    main()
