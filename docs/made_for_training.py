"""What the pictures of an ML engineer's pages need, made through the API: runs, versions, a campaign.

Every thing is asked for by a key that follows from its project and name, or looked for first: taking the
pictures again makes nothing twice. The networks are the demonstration's, so all of it takes minutes.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from photographer import Photographer

Json = dict[str, Any]
TIMEOUT_S = 1800
ENDED = ("succeeded", "failed", "cancelled")
WORDS = {
    "en": {
        "eight": "Eight short answers",
        "one": "One careful answer",
        "mix": "New beside old",
        "campaign": "Is it better than the first?",
        "why": "The demonstration has too few judgments to be sure.",
        "ask": "How do I keep a basil plant alive on my windowsill?",
        "second": "Questions, part 2",
    },
    "zh": {
        "eight": "八个短回答",
        "one": "一个稳妥的回答",
        "mix": "新旧同场",
        "campaign": "比最初的版本更好吗？",
        "why": "演示项目的标注太少，无法确定。",
        "ask": "窗台上的罗勒怎样才能养活？",
        "second": "问题（二）",
    },
}
# Small and quick; what is not said is the stage's default.
ONE: Json = {"threads": 1}  # networks so small only wait for one another
REWARD: Json = {**ONE, "epochs": 4, "prompts_per_step": 4, "evaluate_every_steps": 2}
POLICY: Json = {
    **{"iterations": 12, "rollouts_per_iteration": 16, "minibatch_size": 8, "max_new_tokens": 24},
    **{"evaluate_every_iterations": 3, "evaluation_prompts": 16, "sample_every_iterations": 3},
    **ONE,
}
# Far from its reference in a few updates, so that its alarm ends it.
NO_LEASH: Json = {"kl_coefficient": 0.0, "kl_ceiling": 4.0, "learning_rate": 0.002}


class Maker:
    """Makes things in one project of the demonstration, as the ML engineer who is signed in."""

    def __init__(self, by: Photographer) -> None:
        self.by = by
        self.project = by.project()
        self.words = WORDS[by.language]
        self.made: dict[str, str] = {}

    def path(self, rest: str) -> str:
        return f"projects/{self.project}/{rest}"

    def key(self, name: str) -> str:
        return str(uuid5(UUID(self.project), name))

    def run(self, name: str, kind: str, *, config: Json | None = None, **inputs: Any) -> str:
        """The id of the run of this name; started where it is not there yet."""
        wish = {"kind": kind, "config": config or {}, **inputs}
        run = self.by.change("POST", self.path("runs"), wish, self.key(name))
        self.made[name] = str(run["id"])
        return self.made[name]

    def ended(self, name: str) -> Json:
        """The run of this name once it has succeeded."""
        run = self.until(lambda: self._ended(self.made[name]), f"run {name} to end")
        if run["status"] != "succeeded":
            raise SystemExit(f"run {name} has {run['status']}: {run['error_message']}")
        return run

    def _ended(self, run: str) -> Json | None:
        found: Json = self.by.read(f"runs/{run}")
        return found if found["status"] in ENDED else None

    def until(self, look: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + TIMEOUT_S
        while not (found := look()):
            if time.monotonic() > deadline:
                raise SystemExit(f"waited in vain for {what}")
            self.by.page.wait_for_timeout(1000)
        return found

    def plan(self, name: str, **settings: Any) -> str:
        plans = self.by.read(self.path("sampling-plans"))["results"]
        found = next((one for one in plans if one["name"] == self.words[name]), None)
        wish = {"name": self.words[name], "strategy": "sample", **settings}
        return str((found or self.by.change("POST", self.path("sampling-plans"), wish))["id"])

    def prompt_set(self, purpose: str, name: str = "") -> str:
        sets = self.by.read(self.path("prompt-sets"))["results"]
        fits = (one for one in sets if one["purpose"] == purpose and name in one["name"])
        return str(min(fits, key=lambda one: str(one["id"]))["id"])

    def promote(self, version: str) -> None:
        if self.by.read(f"versions/{version}")["status"] == "candidate":
            self.by.change("POST", f"versions/{version}/promote", {"reason": self.words["why"]})


def begin(make: Maker) -> None:
    """Snapshot, two reward models and samples to choose from; the judgments are there already."""
    base = min(make.by.read(make.path("versions?kind=policy")), key=lambda one: one["number"])
    make.made["base"] = str(base["id"])
    snapshot = make.run("snapshot", "export", config={"validation_fraction": 0.3})
    for seed in (0, 1):
        wish = {**REWARD, "seed": seed}
        inputs = {"policy_version": make.made["base"], "waits_for": snapshot}
        make.run(f"reward {seed}", "reward", config=wish, **inputs)
    make.run(
        "samples",
        "sample",
        config=ONE,
        policy_version=make.made["base"],
        prompt_set=make.prompt_set("reward", make.words["second"]),
        plan=make.plan("eight", n=8, max_new_tokens=24),
    )


def improve(make: Maker) -> None:
    """Policies against the reward model: one that is kept, and one that its alarm stops."""
    make.made["reward model"] = str(make.ended("reward 0")["output_version"])
    make.promote(make.made["reward model"])
    make.ended("reward 1")
    inputs = {
        "policy_version": make.made["base"],
        "reward_version": make.made["reward model"],
        "prompt_set": make.prompt_set("rl"),
    }
    make.run("ppo", "ppo", config=POLICY, **inputs)
    make.run("no leash", "ppo", config={**POLICY, **NO_LEASH}, **inputs)
    make.ended("samples")
    make.run(
        "pick",
        "pick",
        config={**ONE, "prompts": 24},
        reward_version=make.made["reward model"],
        prompt_set=make.prompt_set("reward", make.words["second"]),
    )
    make.made["policy"] = str(make.ended("ppo")["output_version"])
    make.run(
        "evaluation",
        "evaluate",
        config={**ONE, "max_new_tokens": 24},
        policy_version=make.made["policy"],
        reward_version=make.made["reward model"],
        prompt_set=make.prompt_set("evaluation"),
    )
    make.made["stopped"] = str(make.ended("no leash")["output_version"])
    make.ended("evaluation")
    make.promote(make.made["policy"])
    make.ended("pick")


def hold_against(make: Maker) -> None:
    """A mix of the new policy and the old, a campaign of the two, and both asked one question."""
    mixes = make.by.read(make.path("sampling-mixes"))["results"]
    mix = next((one for one in mixes if one["name"] == make.words["mix"]), None)
    plan = make.plan("one", n=2, max_new_tokens=24, temperature=0.8)
    if mix is None:
        rows = [{"policy": which, "plan": plan, "count": 2} for which in ("promoted", "previous")]
        wish = {"name": make.words["mix"], "rows": rows, "older_percent": 0}
        mix = make.by.change("POST", make.path("sampling-mixes"), wish)
    make.made["mix"] = str(mix["id"])
    drawn = {"prompt_set": make.prompt_set("reward", make.words["second"]), "limit": 12}
    make.by.change("POST", f"sampling-mixes/{mix['id']}/draws", drawn, make.key("draw"))
    versions = [make.made["base"], make.made["policy"]]
    campaign = make.by.change(
        "POST",
        make.path("campaigns"),
        {
            "name": make.words["campaign"],
            "versions": versions,
            "prompt_set": make.prompt_set("evaluation"),
            "plan": plan,
            "prompts": 30,
            "comes_first": True,
        },
        make.key("campaign"),
    )
    make.made["campaign"] = str(campaign["id"])
    ask = {
        "client_uuid": make.key("trial"),
        "messages": [{"role": "user", "content": make.words["ask"]}],
        "policies": versions,
        "rewards": [make.made["reward model"]],
        "decoding": {"strategy": "sample", "n": 2, "max_new_tokens": 32, "top_p": 0.9, "seed": 1},
    }
    make.made["trial"] = str(make.by.change("POST", make.path("trials"), ask)["id"])
    trial = f"trials/{make.made['trial']}"
    make.until(lambda: make.by.read(trial)["state"] == "done", "the playground")
    make.until(lambda: campaign_of(make)["items"] > 0, "the items of the campaign")
    make.until(lambda: draw_of(make)["state"] == "done", "the items of the mix")


def campaign_of(make: Maker) -> Any:
    return make.by.read(f"campaigns/{make.made['campaign']}")


def draw_of(make: Maker) -> Any:
    return make.by.read(f"sampling-mixes/{make.made['mix']}/draws")["results"][-1]


def plan_rounds(make: Maker) -> None:
    """A plan that goes on by itself; its round waits for rankings when the picture is taken."""
    plan = make.by.read(make.path("round-plan"))["plan"]
    if plan is None:
        wish = {
            "mix": make.made["mix"],
            "prompt_set": make.prompt_set("reward", make.words["second"]),
            "prompts_per_round": 20,
            "judgments": 400,
            "rl_prompt_set": make.prompt_set("rl"),
            "evaluation_set": make.prompt_set("evaluation"),
        }
        make.by.change("PUT", make.path("round-plan"), wish)
    make.by.change("PATCH", make.path("round-plan"), {"state": "active"})
    make.until(lambda: is_ranked(make), "the first step of the round")


def is_ranked(make: Maker) -> bool:
    """Whether people's work of the round has begun."""
    rounds = make.by.read(make.path("rounds"))["results"]
    steps = rounds[0]["steps"] if rounds else []
    return any(one["step"] == "collect" and one["state"] == "working" for one in steps)


def queue(make: Maker) -> None:
    """Three runs for the picture of the waiting line; `leave_queue` takes them back."""
    for number in (1, 2, 3):
        name = f"line {number}"
        make.run(name, "dpo", snapshot=snapshot_of(make), policy_version=make.made["base"])
        run = make.by.read(f"runs/{make.made[name]}")
        if run["status"] == "cancelled":
            make.by.change("POST", f"runs/{run['id']}/retry", {})


def snapshot_of(make: Maker) -> str:
    return str(make.by.read(f"runs/{make.made['snapshot']}")["output_snapshot"])


def leave_queue(make: Maker) -> None:
    for number in (3, 2, 1):
        run = make.made[f"line {number}"]
        if make.by.read(f"runs/{run}")["status"] not in ENDED:
            make.by.change("POST", f"runs/{run}/cancel", {})
