"""The health page: what needs a person comes first, in words with what to do, on every screen."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.lib import presence
from annotation.runs.models import Run
from tests.cast import assemble
from tests.e2e.conftest import Visit
from tests.e2e.test_data import violations

WORDS = {
    "en-US": ("Health", "Nobody works on the queue train.", "Queues"),
    "zh-CN": ("系统状态", "队列 train 没有工作进程。", "队列"),
}


@pytest.mark.usefixtures("nobody_there")
@pytest.mark.parametrize(("locale", "width"), [("en-US", 1440), ("zh-CN", 360)])
def test_what_needs_a_person_comes_first_and_the_page_is_accessible(
    visit: Visit, locale: str, width: int
) -> None:
    cast = assemble()
    now = timezone.now().isoformat()
    presence.say({"name": "short@here", "queues": ["short"], "at_once": 2, "started_at": now})
    run = Run.objects.create(
        project=cast.project,
        number=3,
        kind="import",
        config={},
        idempotency_key=cast.project.id,
        lease_until=timezone.now() + timedelta(minutes=5),
    )
    Run.objects.filter(id=run.id).update(status="running", lease_owner="short@here:1:2")
    title, problem, queues = WORDS[locale]
    page = visit(cast.ml, f"/train/{cast.project.pk}/health", locale=locale, width=width)
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_role("status").get_by_text(problem)).to_be_visible()
    expect(page.get_by_role("region", name=queues, exact=True).get_by_role("row")).to_have_count(4)
    expect(page.get_by_role("link", name="3 ·")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    admins = visit(cast.admin, f"/manage/{cast.project.pk}/health", locale=locale, width=width)
    expect(admins.get_by_role("heading", level=1, name=title)).to_be_visible()
