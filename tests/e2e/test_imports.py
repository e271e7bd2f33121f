"""A file on its way in: dropped, looked into, mapped, checked, imported; and what came in goes out."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.corpus.models import Prompt, PromptSet
from annotation.labeling.models import Ranking
from annotation.runs.models import Run, Upload
from tests.e2e.campaign import Campaign, campaign
from tests.e2e.conftest import Visit
from tests.e2e.test_manage import BAD_ROW, ROWS, manage, violations
from workers.supervisor import drive

TABLE = (
    "题目,好的,坏的,批次\n天空为什么蓝？,散射,因为海,7\n,空的,行,8\n猫为何呼噜？,舒服,发动机,9\n"
)


def drop(page: Page, *files: Path) -> None:
    page.locator('input[type="file"]').set_input_files(list(files))


def drive_last(work: Campaign) -> Run:
    run = Run.objects.filter(project=work.project).latest("number")
    assert drive(run.id) == "ended"
    run.refresh_from_db()
    return run


def test_a_chinese_table_is_mapped_checked_and_imported(visit: Visit, tmp_path: Path) -> None:
    work = campaign()
    file = tmp_path / "数据.csv"
    file.write_bytes(TABLE.encode("gb18030"))
    page = visit(work.cast.admin, manage(work, "import"), locale="zh-CN")
    drop(page, file)
    see = page.get_by_role("region", name="文件内容")
    expect(see.get_by_label("编码")).to_have_value("gb18030")
    rows = see.get_by_role("list", name="前几行导入后的样子")
    expect(rows.get_by_role("listitem").first).to_contain_text("天空为什么蓝？")
    for column, field in (("好的", "较好的回答"), ("坏的", "较差的回答")):
        see.get_by_role("combobox", name=f"{column} 的含义").click()
        page.get_by_role("option", name=field).click()
    expect(rows.get_by_role("listitem").first).to_contain_text("散射")
    expect(rows.get_by_role("listitem").nth(1)).to_contain_text("将被拒绝")
    expect(see).to_contain_text("前 3 行中，2 行可以导入，1 行将被拒绝。")
    assert violations(page) == []
    page.get_by_role("button", name="检查整个文件").click()
    expect(page.get_by_role("heading", name="检查 1")).to_be_visible()
    check = drive_last(work)
    assert (check.report["added"], check.report["refused"]) == (2, 1)
    assert not Ranking.objects.exists()
    page.reload()  # the address holds the file and its check
    expect(page.get_by_role("heading", name="检查 1")).to_be_visible()
    expect(page.get_by_role("cell", name="题目")).to_have_count(2)  # its meaning, and what is wrong
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    assert "3,题目,missing" in download.value.path().read_text("utf-8-sig")
    assert violations(page) == []


def test_a_bad_line_is_named_and_what_came_in_goes_out_the_same(
    visit: Visit, tmp_path: Path
) -> None:
    work = campaign()
    file = tmp_path / "letters.jsonl"
    rows = [ROWS[0], BAD_ROW, ROWS[1]]
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    page = visit(work.cast.admin, manage(work, "import"), width=360)
    drop(page, file)
    see = page.get_by_role("region", name="What is in the file")
    expect(see).to_contain_text("Of the first 3 rows, 2 can be taken and 1 would be refused.")
    expect(page.get_by_label("Name", exact=True)).to_have_value("letters")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("heading", name="Check 1")).to_be_visible()
    drive_last(work)
    refused = page.get_by_role("row", name=re.compile("ranking"))
    cells = refused.get_by_role("cell")
    expect(cells.nth(0)).to_have_text("2")
    expect(cells.nth(1)).to_have_text(re.compile("^ranking"))
    page.get_by_role("button", name="Import 2 rows now").click()
    expect(page.get_by_role("heading", name="Import 2")).to_be_visible()
    drive_last(work)
    expect(page.get_by_role("link", name="See the prompt set")).to_be_visible()
    assert Upload.objects.count() == 1, "the check and the import share one upload"
    page.goto(manage(work, "exports"))
    with page.expect_download() as download:
        page.get_by_role("listitem").filter(has_text="Rankings").get_by_role(
            "link", name="JSONL", exact=True
        ).click()
    exported = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert {row["id"]: row for row in exported} == {row["id"]: row for row in ROWS}


def test_answers_without_an_order_become_answers_to_rank_and_a_hopeless_file_nothing(
    visit: Visit, tmp_path: Path
) -> None:
    work = campaign(language="en")
    good, bad, empty = (tmp_path / name for name in ("to-rank.jsonl", "bad.jsonl", "empty.jsonl"))
    row = {"prompt": "Why is the sky blue?", "completions": ["Scattering.", "The sea."]}
    good.write_text(json.dumps(row) + "\n")
    bad.write_text(json.dumps({"prompt": 5}) + "\n")
    empty.write_bytes(b"")
    page = visit(work.cast.admin, manage(work, "import"))
    drop(page, bad)
    expect(page.get_by_role("heading", name="bad.jsonl")).to_be_visible()
    expect(page.get_by_role("button", name="Import without a check")).to_be_disabled()
    page.get_by_role("button", name="Check the whole file").click()
    expect(page.get_by_role("heading", name="Check 1")).to_be_visible()
    drive_last(work)
    expect(page.get_by_text("Every row was refused: there is nothing to import.")).to_be_visible()
    drop(page, empty, good)  # takes the place of the one that is open
    expect(page.get_by_role("heading", name="to-rank.jsonl")).to_be_visible()
    expect(page.get_by_text("This file is empty")).to_be_visible()
    files = page.get_by_role("list", name="Uploaded files")
    files.get_by_role("listitem").filter(has_text="bad.jsonl").get_by_role(
        "button", name="Look inside"
    ).click()
    expect(page.get_by_role("heading", name="bad.jsonl")).to_be_focused()
    files.get_by_role("listitem").filter(has_text="to-rank.jsonl").get_by_role(
        "button", name="Look inside"
    ).click()
    see = page.get_by_role("region", name="What is in the file")
    expect(see.get_by_role("combobox", name="Import as")).to_have_value("Completions")
    see.get_by_role("combobox", name="Import as").click()
    page.get_by_role("option", name="Prompts").click()
    expect(see).to_contain_text("bring no answers into the prompt set")
    see.get_by_role("combobox", name="Import as").click()
    page.get_by_role("option", name="Completions").click()
    expect(see).not_to_contain_text("bring no answers")
    assert violations(page) == []
    page.get_by_role("button", name="Import without a check").click()
    expect(page.get_by_role("heading", name="Import 2")).to_be_visible()
    drive_last(work)
    page.get_by_role("link", name="See the prompt set").click()
    expect(page.get_by_text("2 completions")).to_be_visible()
    page.get_by_role("button", name="Make items").click()
    expect(page.get_by_text("1 items, 0 judged")).to_be_visible()
    assert PromptSet.objects.filter(project=work.project, name="bad").count() == 0


def test_an_upload_goes_on_after_a_cut_a_pause_and_a_reload(visit: Visit, tmp_path: Path) -> None:
    work = campaign(language="en")
    file = tmp_path / "many.jsonl"
    row = json.dumps({"prompt": "x" * 1000}).encode() + b"\n"
    file.write_bytes(row * 9000)  # nine megabytes: three pieces
    page = visit(work.cast.admin, manage(work, "import"))
    sent = []

    def second_piece_is_cut(route: Route) -> None:
        sent.append(route.request.url)
        if len(sent) >= 2:
            route.abort()
        else:
            route.continue_()

    page.route("**/content?**", second_piece_is_cut)
    drop(page, file)
    files = page.get_by_role("list", name="Uploaded files")
    expect(files).to_contain_text("goes on by itself")
    files.get_by_role("button", name="Pause").click()
    expect(files).to_contain_text("Paused")
    upload = Upload.objects.get()
    assert 0 < upload.received < upload.bytes
    page.reload()
    expect(files).to_contain_text("Choose the same file again")
    page.unroute("**/content?**")
    drop(page, file)
    expect(page.get_by_role("region", name="What is in the file")).to_be_visible()
    upload = Upload.objects.get()
    assert upload.path.read_bytes() == file.read_bytes()
    files.get_by_role("button", name="Discard").click()
    page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(files).to_be_hidden()
    assert not Prompt.objects.filter(prompt_set__name="many").exists()


@pytest.mark.parametrize("name", ["sheet.xlsx", "empty.json"])
def test_a_file_that_cannot_be_read_says_what_to_do(
    visit: Visit, tmp_path: Path, name: str
) -> None:
    work = campaign(language="en")
    file = tmp_path / name
    file.write_bytes(b"PK\x03\x04..." if name.endswith("xlsx") else b"  \n")
    page = visit(work.cast.admin, manage(work, "import"))
    drop(page, file)
    said = "save the sheet as CSV" if name.endswith("xlsx") else "the file is empty"
    expect(page.get_by_role("alert")).to_contain_text(said)
