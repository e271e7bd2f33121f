"""Prompts and completions come from models and strangers: they may say anything and do nothing."""

from playwright.sync_api import expect

from annotation.projects.models import GuidelineVersion
from tests.e2e.campaign import add_item, campaign
from tests.e2e.conftest import Visit

# Each would set window.hit, ask another host, or open something if it worked. `watch` sees requests,
# dialogs and policy violations; the policy is a second wall and must not be the one that holds.
ATTACKS = [
    "<script>window.hit = 'script'</script>",
    "<img src=x onerror=\"window.hit = 'img'\">",
    "<svg onload=\"window.hit = 'svg'\"><circle r=9></svg>",
    "<iframe srcdoc=\"<script>parent.hit = 'iframe'</script>\"></iframe>",
    "<style>@import url(https://evil.example/steal.css); body { display: none }</style>",
    "<link rel=stylesheet href=https://evil.example/steal.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example><input autofocus onfocus=\"window.hit='form'\"></form>",
    "<a href=\"javascript:window.hit='a'\">click</a>",
    "![pixel](https://evil.example/pixel.png)",
    "[click me](javascript:window.hit='link')",
    "[click me](data:text/html,<script>opener.hit='data'</script>)",
    "<math><mtext><mglyph><style><img src=x onerror=\"window.hit='math'\"></style></mglyph></math>",
    "```html\n<script>window.hit = 'code'</script>\n```",
    "| a | b |\n|---|---|\n| <img src=x onerror=\"window.hit='td'\"> | ok |",
    "\u202e\u2066<b onmouseover=\"window.hit='bidi'\">evil</b>",
]


def test_hostile_answers_execute_nothing_and_stay_readable(visit: Visit) -> None:
    work = campaign()
    GuidelineVersion.objects.create(
        project=work.project, number=2, text="<img src=x onerror=\"window.hit='guideline'\">"
    )
    for start in (0, 8):
        answers = ATTACKS[start : start + 8]
        add_item(work, f"{ATTACKS[start]} {start}", answers, priority=10 - start)
    page = visit(work.cast.labeler, work.label_path)
    for _ in range(2):
        expect(page.get_by_role("article")).to_have_count(8)
        for card in page.get_by_role("article").all():
            card.hover()
        for link in page.get_by_text("click me").all():
            link.click(force=True)
        page.keyboard.press("g")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.keyboard.press("r")  # and as raw text
        page.wait_for_timeout(100)
        page.keyboard.press("r")
        assert page.evaluate("window.hit") is None
        for key in ("1", "1", "1", "1", "1", "1", "1", "1", "Enter"):
            page.keyboard.press(key)
    expect(page.get_by_text("Nothing to label right now")).to_be_visible()
    assert page.evaluate("window.hit") is None
    assert len(page.context.pages) == 1


def test_nothing_of_a_hostile_answer_is_hidden(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["<script>window.hit = 1</script>", "abc\u202edef\u200b", "   "])
    page = visit(work.cast.labeler, work.label_path)
    expect(
        page.get_by_role("article").get_by_text("<script>window.hit = 1</script>")
    ).to_be_visible()
    expect(page.get_by_role("article").get_by_text("⟨U+202E⟩")).to_be_visible()
    expect(page.get_by_role("article").get_by_text("⟨U+200B⟩")).to_be_visible()
    expect(page.get_by_text("This answer is empty.")).to_be_visible()


def test_a_link_says_its_host_and_gives_the_other_side_nothing(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["[my bank](https://evil.example/login)", "plain"])
    page = visit(work.cast.labeler, work.label_path)
    link = page.get_by_role("link", name="my bank")
    expect(link).to_have_text("my bank (evil.example)")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")


def test_a_labeler_is_told_nothing_about_where_an_answer_came_from(visit: Visit) -> None:
    work = campaign()
    add_item(work, "?", ["one", "two"], system="secret-model-v2")
    bodies: list[str] = []
    page = visit(work.cast.labeler)
    page.on("response", lambda got: bodies.append(got.text()) if "/api/" in got.url else None)
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    assert any("completions" in body for body in bodies)
    assert not any("secret-model" in body or "import" in body for body in bodies)
