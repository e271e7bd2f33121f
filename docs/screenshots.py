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
from pathlib import Path

from photographer import IMAGES, LANGUAGES, NARROW, WIDE, Photographer, photographer
from pictures_of_admin import admin_pages
from pictures_of_training import leave_demonstrations, rank, training_pages
from pictures_of_work import modes
from playwright.sync_api import Page, expect, sync_playwright


def labeling(by: Photographer) -> None:
    """The labeler's day: home, one item from the first grade to the last line, dialogs, history."""
    page = by.page
    by.take("home")
    project = by.project()
    leave_demonstrations(page, project)
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
            training_pages(browser, address, language, password)
            admin_pages(browser, address, language, password["admin"])


if __name__ == "__main__":
    main()
