"""The list of versions: in and out of use, and readable on a telephone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from annotation.registry.services import register_version
from tests.annotation.registry.models import write_model
from tests.e2e.campaign import campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_train import policy, train


def test_a_version_goes_out_of_use_and_comes_back_but_not_without_its_files(
    visit: Visit, tmp_path: Path, settings: Any
) -> None:
    work = campaign()
    folder = write_model(tmp_path / "model")
    version = register_version(project=work.project, directory=folder, name="whole")
    policy(work, 2)  # its files are nowhere
    page = visit(work.cast.ml, train(work, "versions"))
    dialog = page.get_by_role("dialog")

    def ask(name: str, act: str) -> None:
        page.get_by_role("row").filter(has_text=name).get_by_role("button", name=act).click()
        dialog.get_by_role("button", name=act).click()

    whole = page.get_by_role("row").filter(has_text="whole")
    whole.get_by_role("button", name="Retire").click()
    expect(dialog).to_contain_text("can be restored as long as its files are there")
    dialog.get_by_role("button", name="Retire").click()
    expect(whole).to_contain_text("Retired")
    ask("whole", "Restore")
    expect(whole).to_contain_text("Candidate")
    version.refresh_from_db()
    assert version.status == "candidate"
    ask("storyteller 2", "Retire")
    ask("storyteller 2", "Restore")
    expect(dialog.get_by_role("alert")).to_contain_text("The files of this version are gone")


def test_on_a_telephone_nothing_of_a_version_lies_under_its_buttons(visit: Visit) -> None:
    work = campaign()
    policy(work, 2, parent=policy(work))
    page = visit(work.cast.ml, train(work, "versions"), width=390, height=844, locale="zh-CN")
    table = page.get_by_role("region", name="策略模型")
    expect(table.get_by_role("link", name=re.compile("storyteller 2"))).to_be_visible()
    assert table.evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    button = table.get_by_role("button", name="停用").last.bounding_box()
    size = table.get_by_text("1 MB").last.bounding_box()
    assert button is not None
    assert size is not None
    assert size["y"] + size["height"] <= button["y"]
    assert 0 <= button["x"] <= button["x"] + button["width"] <= 390
