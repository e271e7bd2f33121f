"""Pictures of the other kinds of work: modes of ranking, writing, practice, live chat."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from photographer import WIDE, Photographer, photographer
from playwright.sync_api import Browser, Page, expect

# What to rank by, how many answers, and what has been pressed when the picture is taken.
MODES = {"guided": (4, "12"), "best_worst": (4, "1"), "drag_list": (4, "213"), "duel": (2, "6")}


def modes(browser: Browser, address: str, language: str, password: str) -> None:
    """Every other kind of work, each seen by somebody who has not begun anything."""
    with photographer(browser, address, language, WIDE) as admin:
        admin.sign_in("admin", password)
        project = admin.project()
        for mode, (answers, keys) in MODES.items():
            admin.change(
                "PATCH", f"projects/{project}", {"mode": mode, "completions_per_item": answers}
            )
            if answers == 2:
                prompts = admin.read(f"projects/{project}/prompt-sets")["results"]
                for one in (one for one in prompts if one["name"] != "Live chat"):
                    wish = {"prompt_set": one["id"], "kind": "ranking", "k": 2}
                    admin.change("POST", f"projects/{project}/items", wish)
            with somebody(browser, address, language, admin, mode) as by:
                find(by.page, project, "ranking", answers)
                by.page.goto(f"/label/{project}")
                expect(by.page.locator("article").first).to_be_visible()
                for key in keys:
                    by.page.keyboard.press(key)
                by.take(f"mode-{mode}")
        admin.change("PATCH", f"projects/{project}", {"mode": "tiers", "completions_per_item": 4})
        with somebody(browser, address, language, admin, "writing") as by:
            find(by.page, project, "demonstration", 0)
            by.page.goto(f"/label/{project}")
            by.page.locator("textarea").fill(WRITTEN[language])
            by.take("demonstration")
        practise(browser, address, language, admin)
        chat(browser, address, language, admin)


WRITTEN = {
    "en": "Two ideas that cost nothing:\n\n- **Walk** together after work.\n- Read one page aloud.",
    "zh": "两个不花钱的办法：\n\n- 下班后一起**散步**。\n- 轮流大声读一页书。",
}
PRACTICE = {
    "en": (
        "How do I keep basil alive?",
        [
            "Water it when the top of the soil is dry, and give it light.",
            "Basil is a plant.",
            "No.",
        ],
        "The first answer can be acted upon, the second is true but no help, the third is rude.",
    ),
    "zh": (
        "罗勒怎样才能养活？",
        ["表土干了再浇水，放在有阳光的地方。", "罗勒是一种植物。", "不知道。"],
        "第一个回答照着就能做；第二个没错，但帮不上忙；第三个什么也没说。",
    ),
}


def practise(browser: Browser, address: str, language: str, admin: Photographer) -> None:
    """A practice item and what is said after it."""
    project = admin.project()
    question, answers, why = PRACTICE[language]
    item = {
        "kind": "practice",
        "messages": [{"role": "user", "content": question}],
        "completions": answers,
        "expected": [[0], [1], [2]],
        "explanation": why,
    }
    admin.change("POST", f"projects/{project}/practice-items", item)
    with somebody(browser, address, language, admin, "practice") as by:
        by.page.goto(f"/label/{project}/practice")
        by.page.locator("main button").first.click()
        expect(by.page.locator("article").first).to_be_visible()
        for key in "123":
            by.page.keyboard.press(key)
        by.page.keyboard.press("Enter")
        by.page.keyboard.press("Enter")
        expect(by.page.get_by_text(why)).to_be_visible()
        by.take("practice")


def chat(browser: Browser, address: str, language: str, admin: Photographer) -> None:
    """Talk with the demonstration's policy and rank what it says."""
    project = admin.project()
    policies = admin.read(f"projects/{project}/versions?kind=policy")
    plans = admin.read(f"projects/{project}/sampling-plans")["results"]
    settings = {
        "enabled": True,
        "policy_version": policies[0]["id"],
        "plan": plans[0]["id"],
        "replies": 3,
        "most_turns": 8,
        "most_conversations": 20,
    }
    admin.change("PUT", f"projects/{project}/chat-settings", settings)
    with somebody(browser, address, language, admin, "chat") as by:
        by.page.goto(f"/chat/{project}")
        by.page.locator("main button").first.click()
        by.page.locator("textarea").fill(PRACTICE[language][0])
        by.page.keyboard.press("Enter")
        expect(by.page.locator("article").first).to_be_visible(timeout=120_000)
        by.take("chat")
    admin.change("PUT", f"projects/{project}/chat-settings", settings | {"enabled": False})


@contextmanager
def somebody(
    browser: Browser, address: str, language: str, admin: Photographer, name: str
) -> Iterator[Photographer]:
    """A labeler who is new in the project."""
    secret = f"a-{uuid4()}"
    username = f"pictures-{name}-{uuid4().hex[:6]}"
    person = {"username": username, "display_name": "Lin", "password": secret, "roles": ["labeler"]}
    admin.change("POST", f"projects/{admin.project()}/members", person)
    with photographer(browser, address, language, WIDE) as by:
        by.sign_in(username, secret)
        yield by


def find(page: Page, project: str, kind: str, answers: int) -> None:
    """Skip until the work in hand is of this kind with so many answers (0: any)."""
    page.evaluate(
        """async ([project, kind, answers]) => {
          const token = document.cookie.match(/csrf=([^;]+)/)[1];
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          const send = (path, body) =>
            fetch(`/api/v1/${path}`, {method: "POST", headers, body: JSON.stringify(body)});
          const reasons = ["unclear", "language", "knowledge", "harmful", "broken", "other"];
          for (let tried = 0; tried < 300; tried++) {
            const claimed = await send(`projects/${project}/claims`, {holding: []});
            if (claimed.status !== 200) break;
            const item = await claimed.json();
            const fits = answers === 0 || item.completions.length === answers;
            if (item.item.kind === kind && fits) return;
            const body = {lease_token: item.lease_token, reason: reasons[tried % 6]};
            await send(`slots/${item.slot_id}/skip`, body);
          }
          throw new Error(`no ${kind} of ${answers} answers`);
        }""",
        [project, kind, answers],
    )
