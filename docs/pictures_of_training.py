"""Pictures of the ML engineer's pages: runs, versions, sampling, judging, rounds."""

from made_for_training import (
    Maker,
    begin,
    campaign_of,
    hold_against,
    improve,
    leave_queue,
    plan_rounds,
    queue,
)
from photographer import NARROW, WIDE, Photographer, photographer
from playwright.sync_api import Browser, Page, expect

CAMPAIGN_JUDGMENTS = 22


def training_pages(browser: Browser, address: str, language: str, password: dict[str, str]) -> None:
    """Make what the pages show, then take them; `password` of labeler, ml and admin."""
    with photographer(browser, address, language, WIDE) as by:
        by.sign_in("ml", password["ml"])
        make = Maker(by)
        begin(make)
        improve(make)
        hold_against(make)
        judged = campaign_of(make)["judgments"]
        if judged < CAMPAIGN_JUDGMENTS:  # campaigns come first, then whatever there is
            with photographer(browser, address, language, WIDE) as labeler:
                labeler.sign_in("labeler", password["labeler"])
                wanted = CAMPAIGN_JUDGMENTS - judged
                rank(labeler.page, make.project, wanted, contrary_every=4)
        plan_rounds(make)
        runs(make)
        versions(make)
        rest(make)
        by.change("PATCH", make.path("round-plan"), {"state": "paused"})
    with photographer(browser, address, language, NARROW) as by:
        by.sign_in("ml", password["ml"])
        at = f"/train/{make.project}"
        show(by, f"{at}/runs/{make.made['ppo']}", "train-run")
        show(by, f"{at}/judging/{make.made['campaign']}", "train-campaign")
        show(by, f"{at}/rounds", "train-rounds")


def show(by: Photographer, path: str, name: str, *, section: str = "") -> None:
    """One page, or its part under a heading: in these words or, with #, of this number."""
    by.page.goto(path)
    expect(by.page.locator("h1")).to_be_visible()
    by.page.wait_for_load_state("networkidle")
    if section:
        heading = by.page.get_by_role("heading", name=section, exact=True)
        heading.evaluate("it => window.scrollTo(0, it.getBoundingClientRect().top + scrollY - 90)")
    by.take(name, settle_ms=900)


def runs(make: Maker) -> None:
    """The form with its estimate, runs while and after they work, side by side, and in line."""
    by, at, words = make.by, f"/train/{make.project}/runs", SECTIONS[make.by.language]
    made = {name: f"{at}/{run}" for name, run in make.made.items()}
    show(by, f"{at}/new?kind=ppo", "train-new-run")
    show(by, f"{at}/new?kind=ppo", "train-estimate", section=words["estimate"])
    show(by, f"{at}/new?kind=ppo&from={make.made['ppo']}", "train-clone")
    show(by, made["ppo"], "train-run")
    show(by, made["ppo"], "train-samples", section=words["samples"])
    show(by, made["no leash"], "train-stopped")
    show(by, made["reward 0"], "train-report", section=words["report"])
    show(by, made["pick"], "train-pick")
    compared = f"{make.made['ppo']},{make.made['no leash']}"
    show(by, f"{at}/compare?runs={compared}", "train-compare")
    by.page.goto(made["ppo"])
    by.page.locator("summary", has_text=words["log"]).click()
    by.page.locator("summary", has_text=words["log"]).evaluate(
        "it => window.scrollTo(0, it.getBoundingClientRect().top + scrollY - 140)"
    )
    by.take("train-log")
    show(by, at, "train-runs")
    queue(make)
    show(by, f"{at}/queue", "train-queue")
    leave_queue(make)


def versions(make: Maker) -> None:
    """The registry, one version, what is asked before it comes into use, models from elsewhere."""
    by, at, words = make.by, f"/train/{make.project}", SECTIONS[make.by.language]
    show(by, f"{at}/versions", "train-versions")
    by.page.get_by_role("button", name=words["import"]).click()
    dialog(by.page)
    by.take("train-import")
    show(by, f"{at}/versions/{make.made['policy']}", "train-version")
    by.page.goto(f"{at}/versions/{make.made['stopped']}")
    by.page.get_by_role("button", name=words["promote"], exact=True).click()
    dialog(by.page)
    by.take("train-promote")
    show(by, f"{at}/lineage", "train-lineage")


def rest(make: Maker) -> None:
    """Playground, sampling, judging, rounds, live chat, health."""
    by, at, words = make.by, f"/train/{make.project}", SECTIONS[make.by.language]
    by.page.goto(f"{at}/playground/{make.made['trial']}")
    answer = by.page.get_by_role("article").first
    expect(answer).to_be_visible()
    top = "it => window.scrollTo(0, it.getBoundingClientRect().top + scrollY - 150)"
    answer.evaluate(top)
    by.take("train-playground")
    answer.get_by_role("button", name=words["tokens"]).click()
    answer.evaluate(top)
    by.take("train-tokens")
    show(by, f"{at}/sampling?mix={make.made['mix']}", "train-sampling")
    show(by, f"{at}/judging", "train-judging")
    show(by, f"{at}/judging/{make.made['campaign']}", "train-campaign")
    show(by, f"{at}/rounds", "train-rounds")
    show(by, f"{at}/rounds?plan=edit", "train-plan")
    show(by, f"{at}/health", "train-health")
    show(by, f"{at}/chat", "train-chat")


def dialog(page: Page) -> None:
    expect(page.get_by_role("dialog")).to_be_visible()


SECTIONS = {
    "en": {
        "estimate": "What it will take",
        "samples": "Samples",
        "report": "Report",
        "log": "Last lines of the trainer",
        "import": "Import a model",
        "promote": "Promote",
        "tokens": "Tokens",
    },
    "zh": {
        "estimate": "预计开销",
        "samples": "样例",
        "report": "报告",
        "log": "训练程序的最后几行输出",
        "import": "导入模型",
        "promote": "启用",
        "tokens": "词元",
    },
}


def leave_demonstrations(page: Page, project: str) -> None:
    """Skip what asks for a text, so that the next thing on the screen is to be ranked."""
    page.evaluate(
        """async (project) => {
          const token = document.cookie.match(/csrf=([^;]+)/)[1];
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          const send = (path, body) =>
            fetch(`/api/v1/${path}`, {method: "POST", headers, body: JSON.stringify(body)});
          for (;;) {
            const claimed = await send(`projects/${project}/claims`, {holding: []});
            if (claimed.status !== 200) return;
            const item = await claimed.json();
            if (item.item.kind === "ranking") return; // held: the page is given it again
            await send(`slots/${item.slot_id}/skip`, {lease_token: item.lease_token, reason: "other"});
          }
        }""",
        project,
    )


def rank(page: Page, project: str, wanted: int, *, contrary_every: int) -> None:
    """Rank so many items through the API, longer answers first, but last in every so many-th item
    (0: in none): it is only for the pictures, and review needs somebody to disagree.
    """
    page.evaluate(
        """async ([project, wanted, contraryEvery]) => {
          const token = document.cookie.match(/csrf=([^;]+)/)[1];
          const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
          const send = (method, path, body) =>
            fetch(`/api/v1/${path}`, {method, headers, body: JSON.stringify(body)});
          for (let number = 0; number < wanted; number++) {
            const claimed = await send("POST", `projects/${project}/claims`, {holding: []});
            if (claimed.status !== 200) return;
            const item = await claimed.json();
            if (item.item.kind !== "ranking") {
              const why = {lease_token: item.lease_token, reason: "other"};
              await send("POST", `slots/${item.slot_id}/skip`, why);
              continue;
            }
            const sign = contraryEvery && number % contraryEvery === 0 ? -1 : 1;
            const order = [...item.completions].sort((a, b) => sign * (b.text.length - a.text.length));
            const path = `slots/${item.slot_id}/submissions/${crypto.randomUUID()}`;
            const body = {lease_token: item.lease_token, tiers: order.map(({id}) => [id])};
            const answer = await send("PUT", path, body);
            if (!answer.ok) throw new Error(await answer.text());
          }
        }""",
        [project, wanted, contrary_every],
    )
