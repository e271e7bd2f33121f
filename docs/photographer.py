"""Somebody with a camera in front of a running Tiebreak; used by screenshots.py."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs" / "images"
LARGEST_BYTES = 300_000
LANGUAGES = {"en": ("en-US", "Everyday answers"), "zh": ("zh-CN", "日常问答")}
WIDE, NARROW = (1440, 900), (390, 844)
expect.set_options(timeout=60_000)  # a busy machine takes its time
SHOWN = set(
    re.findall(
        r"images/([\w-]+\.png)",
        "".join(
            path.read_text()
            for path in (REPOSITORY / "README.md", *REPOSITORY.glob("docs/**/*.md"))
        ),
    )
)
"""The pictures that the guides show; no other is kept."""


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
        self.read_guidelines()

    def read_guidelines(self) -> None:
        """What a new labeler is shown first would lie over every picture."""
        for project in self.read("projects"):
            path = f"projects/{project['id']}/guidelines"
            number = self.read(f"{path}/latest").get("number")
            if number:
                self.change("POST", f"{path}/{number}/read", {})

    def project(self) -> str:
        """The id of the demonstration project in this language."""
        found = self.page.evaluate("fetch('/api/v1/projects').then(answer => answer.json())")
        return next(str(one["id"]) for one in found if one["name"] == self.project_name)

    def change(self, method: str, path: str, body: dict[str, Any], key: str = "") -> Any:
        """One write through the API, as the person who is signed in; the same key is one wish."""
        return self.page.evaluate(
            """async ([method, path, body, key]) => {
              const token = document.cookie.match(/csrf=([^;]+)/)[1];
              const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
              if (key) headers["Idempotency-Key"] = key;
              const answer = await fetch(`/api/v1/${path}`, {
                method,
                headers,
                body: JSON.stringify(body),
              });
              const text = await answer.text();
              if (!answer.ok) throw new Error(`${path}: ${text}`);
              return text ? JSON.parse(text) : null;
            }""",
            [method, path, body, key],
        )

    def read(self, path: str) -> Any:
        """One read through the API."""
        return self.page.evaluate("path => fetch(`/api/v1/${path}`).then(a => a.json())", path)

    def take(self, name: str, *, settle_ms: int = 500) -> None:
        """A picture of what is on the screen, where a guide shows it."""
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator(".mantine-Loader-root")).to_have_count(0)
        self.page.wait_for_timeout(settle_ms)
        size = "narrow" if self.narrow else "wide"
        path = IMAGES / f"{name}-{self.language}-{size}.png"
        if path.name not in SHOWN:
            return
        self.page.screenshot(path=path)
        if path.stat().st_size > LARGEST_BYTES:
            raise SystemExit(f"{path.name} is larger than {LARGEST_BYTES} bytes")
        print(path.name)


@contextmanager
def photographer(browser: Browser, address: str, *look: Any) -> Iterator[Photographer]:
    by = Photographer(browser, address, *look)
    yield by
    by.context.close()
