"""What people call runs: given at the start, seen wherever runs are told apart, changed later."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from annotation.runs.models import Run
from annotation.runs.services.creation import create_run
from tests.e2e.campaign import campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_train import policy, snapshot, train

HOSTILE = "<img src=x onerror=\"window.hit='name'\"> small \u202esteps"


def test_a_run_is_named_told_apart_by_it_and_renamed(visit: Visit) -> None:
    work = campaign()
    uses = {"policy_version": policy(work), "snapshot": snapshot(work)}
    made = {"project": work.project, "kind": "sft", "requested_by": work.cast.ml}
    first = create_run(**made, **uses, name=HOSTILE, note="First line\nsecond line")
    page = visit(work.cast.ml, train(work, f"runs/{first.pk}"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("small")
    expect(page.get_by_text("second line")).to_be_visible()
    page.get_by_role("link", name="Clone with changes").click()
    name = page.get_by_label("Name", exact=True)
    expect(name).to_have_value(HOSTILE)
    expect(page.get_by_label("Note", exact=True)).to_have_value("")
    name.fill("large steps")
    page.get_by_role("button", name="Start").click()
    expect(heading).to_contain_text("2 · Fine-tune · large steps")
    second = Run.objects.get(number=2)
    assert (second.name, second.note, second.config) == ("large steps", "", first.config)
    page.get_by_role("button", name="Name and note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("larger steps")
    dialog.get_by_label("Note", exact=True).fill("It forgets.")
    dialog.get_by_role("button", name="Save").click()
    expect(heading).to_contain_text("2 · Fine-tune · larger steps")
    expect(page.get_by_text("It forgets.")).to_be_visible()

    page.goto(train(work, "runs"))
    runs = page.get_by_role("row").filter(has_text="Fine-tune")
    expect(runs).to_have_count(2)
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("link", name=re.compile("^Compare")).click()
    expect(page.get_by_role("columnheader", name=re.compile("larger steps"))).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="small")).to_be_visible()
    page.goto(train(work, "runs"))
    holds = page.get_by_label("Name holds")
    holds.fill("LARGER")
    holds.press("Enter")
    expect(runs).to_have_count(1)
    expect(runs).to_contain_text("2 · Fine-tune · larger steps")
    assert page.evaluate("window.hit") is None
