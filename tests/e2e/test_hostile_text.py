"""Prompts and completions come from models and strangers: they may say anything and do nothing, on
every page that shows them, and whatever they are, the page stays quick."""

import time
from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, Route, expect

from annotation.corpus.models import Prompt
from annotation.corpus.texts import prompt_hash
from annotation.labeling.services import create_demonstration_items
from annotation.projects.models import GuidelineVersion
from annotation.projects.services import mark_guidelines_read
from annotation.runs.models import Run, RunEvent
from tests.e2e.campaign import Campaign, add_item, campaign
from tests.e2e.conftest import Visit
from tests.e2e.hostile import hostile_texts
from tests.e2e.probe import bar_ms, watching

TEXTS = hostile_texts()
TOGETHER = 9  # as many as a ranking may hold
PATIENCE_S = 60
TRIES = 3

# Elements and attributes that no text may bring onto a page.
_FOREIGN = """() => {
  const allowed = /^(href|rel|target|referrerpolicy|class|title|start|dir|data-\\w+|tabindex|xmlns|display|lang)$/;
  const strangers = [];
  for (const part of document.querySelectorAll("[data-complete]"))
    for (const element of part.querySelectorAll("*:not(math *)")) {
      if (/^(script|style|img|svg|iframe|object|embed|form|input|button|link|meta|base|dialog|video|audio)$/
            .test(element.localName)) strangers.push(element.localName);
      for (const { name, value } of element.attributes) {
        if (!allowed.test(name)) strangers.push(`${element.localName} ${name}`);
        if (name === "href" && !/^(https?|mailto):/.test(value)) strangers.push(value);
      }
    }
  return strangers.slice(0, 9);
}"""


def groups_of(size: int) -> list[list[str]]:
    return [TEXTS[start : start + size] for start in range(0, len(TEXTS), size)]


class Surface:
    """A page that shows hostile texts: waits until all of them stand there, and judges it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bar_ms = bar_ms(page)
        self.worst_ms = 0.0

    def open(self, path: str, *, parts: int) -> None:
        """Go there until every text stands there."""

        def go() -> None:
            self.page.goto(path)
            self.settle(parts)

        self.quick(path, go)

    def turn_raw(self, parts: int) -> None:
        """Show every text letter by letter."""

        def turn() -> None:
            self.page.keyboard.press("r")
            self.settle(parts)

        self.quick("the raw view", turn, back=turn)

    def quick(
        self, what: str, act: Callable[[], None], back: Callable[[], None] | None = None
    ) -> None:
        """Do it without keeping the page busy for long. What else runs on the machine slows a core down
        for a while; what the page itself does is the same each time. So it has three tries."""
        took: list[float] = []
        while not took or took[-1] > self.bar_ms:
            told = f"{what} kept the page busy for {took} ms; {self.bar_ms:.0f} are allowed"
            assert len(took) < TRIES, told
            if took:
                self.bar_ms = bar_ms(self.page)
                if back is not None:
                    back()
            with watching(self.page) as busy:
                act()
            took.append(round(busy.worst_ms))
        self.worst_ms = max(self.worst_ms, took[-1])

    def settle(self, parts: int) -> None:
        done, not_done = (self.page.locator(f"[data-complete={how}]") for how in ("true", "false"))
        deadline = time.monotonic() + PATIENCE_S
        while done.count() < parts or not_done.count() > 0:
            told = f"{done.count()} of {parts} texts stand there, {not_done.count()} do not"
            assert time.monotonic() < deadline, told
            self.page.wait_for_timeout(50)

    def check(self) -> None:
        assert self.page.evaluate("window.hit") is None
        assert self.page.evaluate(_FOREIGN) == []
        assert self.page.evaluate("document.getElementById('root').childElementCount") > 0
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"something sticks out of the page by {wide} px"
        assert len(self.page.context.pages) == 1


def test_hostile_answers_do_nothing_on_the_ranking_screen_and_never_hold_it_up(
    visit: Visit,
) -> None:
    work = campaign()
    GuidelineVersion.objects.create(project=work.project, number=2, text="\n\n".join(TEXTS[:60]))
    mark_guidelines_read(reader=work.cast.labeler, project=work.project, number=2)
    groups = groups_of(TOGETHER)
    for number, group in enumerate(groups):
        add_item(work, f"{number} {group[0]}", group, priority=len(groups) - number)
    page = visit(work.cast.labeler)
    surface = Surface(page)
    for group in groups:
        parts = 1 + sum(text.strip() != "" for text in group)  # a blank answer is said in words
        surface.open(work.label_path, parts=parts)
        for card in page.get_by_role("article").all():
            card.hover(position={"x": 40, "y": 60}, force=True)
        for link in page.locator("article a:not([href])", has_text="click me").all():
            link.dispatch_event("click")
        surface.check()
        surface.turn_raw(parts)
        surface.check()
        page.keyboard.press("r")
        submit_as_one_tier(page, len(group))
    print(f"longest task {surface.worst_ms:.0f} ms")
    surface.open(f"{work.label_path}/history", parts=0)
    expect(page.get_by_role("listitem").first).to_be_visible()
    surface.check()


def submit_as_one_tier(page: Page, answers: int) -> None:
    with page.expect_response(lambda response: "/submissions/" in response.url) as sent:
        for _ in range(answers):
            page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")  # the first one may ask about what was not read
    assert sent.value.ok


def test_hostile_answers_do_nothing_on_the_pages_of_reviewers(visit: Visit) -> None:
    work = campaign()
    items = [add_item(work, group[0], group) for group in groups_of(TOGETHER)]
    surface = Surface(visit(work.cast.reviewer))
    for item, group in zip(items, groups_of(TOGETHER), strict=True):
        surface.open(f"/manage/{work.project.pk}/items/{item.pk}", parts=len(group) + 1)
        surface.check()
    surface.open(f"/manage/{work.project.pk}/items", parts=0)
    expect(surface.page.get_by_role("row").nth(2)).to_be_visible()
    surface.check()
    print(f"longest task {surface.worst_ms:.0f} ms")


def test_hostile_prompts_do_nothing_in_demonstrations_and_lists(visit: Visit) -> None:
    work = campaign()
    for group in groups_of(40):
        messages = [
            {"role": ("user", "assistant")[turn % 2], "content": text}
            for turn, text in enumerate(group)
        ]
        prompt = Prompt.objects.create(
            prompt_set=work.prompt_set,
            messages=[*messages, {"role": "user", "content": "?"}],
            text_hash=prompt_hash(messages),
        )
        create_demonstration_items(project=work.project, prompts=[prompt.pk])
    for text in TEXTS:
        add_lone_prompt(work, text)
    surface = Surface(visit(work.cast.labeler))
    surface.open(work.label_path, parts=20)
    surface.check()
    manager = Surface(visit(work.cast.admin))
    manager.open(f"/manage/{work.project.pk}/prompt-sets/{work.prompt_set.pk}", parts=0)
    expect(manager.page.get_by_role("row").nth(2)).to_be_visible()
    manager.check()
    manager.open(f"/manage/{work.project.pk}/guidelines", parts=1)
    manager.check()


def test_hostile_reports_and_events_do_nothing_on_the_page_of_a_run(visit: Visit) -> None:
    work = campaign()
    run = Run.objects.create(
        project=work.project,
        number=1,
        kind="ppo",
        config={},
        idempotency_key=uuid4(),
        status="succeeded",
        report={"samples": [{"prompt": text, "completion": text} for text in TEXTS]},
    )
    for text in TEXTS[:90]:
        said = {"step": 1, "prompt": text, "before": text, "completion": text, "score": 1.0}
        RunEvent.objects.create(
            run=run, epoch=1, type="sample", payload={**said, "reference_score": 0.0}
        )
        RunEvent.objects.create(run=run, epoch=1, type="note", payload={"text": text, text[:50]: 1})
    page = visit(work.cast.ml)
    surface = Surface(page)
    surface.open(f"/train/{work.project.pk}/runs/{run.pk}", parts=0)
    expect(page.get_by_role("table").first).to_be_visible()
    for folded in page.locator("summary").all():
        folded.click()
    surface.check()


def add_lone_prompt(work: Campaign, text: str) -> None:
    messages = [{"role": "user", "content": text}]
    Prompt.objects.create(
        prompt_set=work.prompt_set, messages=messages, text_hash=prompt_hash(messages)
    )


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

    def listen(route: Route) -> None:
        got = route.fetch()
        bodies.append(got.text())
        route.fulfill(response=got)

    page = visit(work.cast.labeler)
    page.route("**/api/**", listen)
    page.goto(work.label_path)
    expect(page.get_by_role("article")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    assert any("completions" in body for body in bodies)
    assert not any("secret-model" in body or "import" in body for body in bodies)
