"""Chromium on the real server. Whatever a page does, it breaks no content policy and asks no other
host for anything: every test here checks that at its end."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from annotation.accounts.models import User
from tests.e2e.server import Server

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
PATIENCE_MS = 20_000  # a busy machine is no failure
expect.set_options(timeout=PATIENCE_MS)
Visit = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser and needs committed rows."""
    reason = ""
    if CHROMIUM is None:
        reason = "no Chromium found; on Debian: apt-get install chromium fonts-wqy-microhei"
    elif not (settings.FRONTEND_DIST / "index.html").is_file():
        reason = "the browser app is not built; run `make frontend`"
    for item in items:
        if "tests/e2e/" not in item.nodeid:
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.django_db(transaction=True))
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    # The browser's own loop runs in this thread; the ORM takes that for an async caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def server(django_db_setup: None) -> Iterator[Server]:
    """The running server, shared by all browser tests."""
    from django.db import connection

    running = Server(connection.settings_dict)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def restarted(server: Server) -> Iterator[Server]:
    """A server that a test may stop; it runs again afterwards."""
    yield server
    if not server.is_ready():
        server.start()


@dataclass
class Watch:
    """What pages did that they must not do."""

    origin: str
    faults: list[str] = field(default_factory=list)

    def page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"error in the page: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)
        page.on("dialog", lambda dialog: self.faults.append(f"a dialog opened: {dialog.message}"))

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.faults.append(f"a request to another host: {request.url}")


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    watching = Watch(server.url)
    yield watching
    assert watching.faults == []


@pytest.fixture
def visit(server: Server, browser: Browser, watch: Watch) -> Iterator[Visit]:
    """Open a page as somebody: visit(person, "/path", locale="zh-CN", width=390, ...)."""
    contexts: list[BrowserContext] = []

    def open_page(
        person: User | None,
        path: str = "/",
        *,
        locale: str = "en-US",
        width: int = 1440,
        height: int = 900,
        **options: Any,
    ) -> Page:
        # A page that comes from a service worker would not pass the routes that tests lay.
        options.setdefault("service_workers", "block")
        context = browser.new_context(
            base_url=server.url,
            locale=locale,
            viewport={"width": width, "height": height},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if person is not None:
            context.add_cookies([session_cookie(server, person)])
        page = context.new_page()
        watch.page(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    wait_until_quiet()


def wait_until_quiet() -> None:
    """Until the server has done with what closed pages asked for: emptying the tables would wait for
    its locks, and it for ours."""
    from django.db import connection

    quiet = 0
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while quiet < 3 and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND state <> 'idle'"
            )
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.02)


def session_cookie(server: Server, person: User) -> Any:
    """A signed-in session without the sign-in page."""
    from django.test import Client

    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": server.url}
