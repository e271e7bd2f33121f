"""Coming in and going out."""

from playwright.sync_api import expect

from tests.cast import PASSWORD, assemble
from tests.e2e.conftest import Visit


def test_a_stranger_is_sent_to_sign_in_and_back_to_where_they_wanted(visit: Visit) -> None:
    people = assemble()
    wanted = f"/label/{people.project.pk}"
    page = visit(None, wanted, locale="zh-CN")
    expect(page).to_have_title("登录 · Tiebreak")
    page.keyboard.type("labeler")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{wanted}")
    expect(page.get_by_text("暂时没有可标注的内容")).to_be_visible()


def test_a_wrong_password_says_so_and_nothing_more(visit: Visit) -> None:
    assemble()
    page = visit(None, "/")
    for name in ("labeler", "nobody"):
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_have_text(
            "This user name and password do not fit together."
        )


def test_the_way_back_never_leads_to_another_site(visit: Visit) -> None:
    assemble()
    page = visit(None, "/sign-in?next=//evil.example/")
    page.get_by_label("User name").fill("labeler")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Hello, Labeler")).to_be_visible()


def test_everybody_finds_the_doors_of_their_roles(visit: Visit) -> None:
    people = assemble()
    doors = {
        people.labeler: ["Label", "My judgments", "My figures"],
        people.admin: ["Manage"],
        people.ml: ["Train"],
        people.outsider: ["Label", "My judgments", "My figures", "Manage", "Train"],
    }
    for person, expected in doors.items():
        page = visit(person)
        expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
        assert page.get_by_role("main").get_by_role("link").all_inner_texts() == expected


def test_signing_out_ends_the_session(visit: Visit) -> None:
    people = assemble()
    page = visit(people.labeler)
    page.get_by_label("Account of Labeler").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    page.goto("/")
    page.wait_for_url("**/sign-in**")


def test_the_language_chosen_is_remembered_for_the_person(visit: Visit) -> None:
    people = assemble()
    page = visit(people.labeler)
    page.get_by_label("Account of Labeler").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="你好，Labeler")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="你好，Labeler")).to_be_visible()
    people.labeler.refresh_from_db()
    assert people.labeler.locale == "zh-Hans"
