"""Pictures of an admin's pages: setting up, people, quality, review, the explorer."""

import time

from photographer import WIDE, Photographer, photographer
from playwright.sync_api import Browser, expect

COMPUTING_TIMEOUT_S = 120
LABELS = {"en": "Spring labelers", "zh": "春季标注员"}


def admin_pages(browser: Browser, address: str, language: str, password: str) -> None:
    """The pages that the admin's guide shows, with an invitation and figures to look at."""
    with photographer(browser, address, language, WIDE) as by:
        by.sign_in("admin", password)
        project = by.project()
        invite(by, project)
        compute(by, project)
        pages = {"wizard": f"/set-up/{project}"}
        for name in ("overview", "items", "import", "people", "quality", "review", "explore"):
            pages[f"manage-{name}"] = f"/manage/{project}/{name}"
        for name, path in pages.items():
            by.page.goto(path)
            expect(by.page.locator("h1")).to_be_visible()
            by.take(name, settle_ms=900)


def invite(by: Photographer, project: str) -> None:
    """One link for twenty people; taking the pictures again makes no second one."""
    path = f"projects/{project}/invitations"
    label = LABELS[by.language]
    if all(one["label"] != label for one in by.read(path)["results"]):
        wish = {"roles": ["labeler"], "days": 7, "uses_max": 20, "label": label}
        by.change("POST", path, wish)


def compute(by: Photographer, project: str) -> None:
    """Ask for the figures of quality and wait until they are there."""
    path = f"projects/{project}/quality"
    if by.read(path)["report"] is None:
        by.change("POST", path, {})
    deadline = time.monotonic() + COMPUTING_TIMEOUT_S
    while by.read(path)["is_computing"]:
        if time.monotonic() > deadline:
            raise SystemExit("the figures of quality were not computed")
        by.page.wait_for_timeout(1000)
