"""Closed rounds over the HTTP API: labelers rank, the ML engineer trains, and the loop goes round.

Every person here signs in and does what a person does in the browser; nothing reaches behind the
API but the registering of the first policy, for which there is a command. Results depend on the
seed alone: labelers take turns, and what they say depends on what they read.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from workers.demo.campaigns import PURPOSES, Campaign, share_out
from workers.demo.client import ApiError, Client
from workers.demo.labelers import STAFF, Labeler, felt_scores, tiers, write_demonstration
from workers.demo.scorer import hidden_score
from workers.demo.stack import Stack
from workers.demo.text import Prompt

Tell = Callable[[str], None]
Json = dict[str, Any]
ENGINEER = "demo.engineer"
ENDED = ("succeeded", "failed", "cancelled")
POLL_S = 0.5
RUN_LIMIT_S = 900.0


class LoopError(Exception):
    """The loop cannot go on; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Course:
    """How much is done in each round, and with which settings."""

    needed: int = 2  # judgments per item
    samples: int = 4  # completions per prompt
    max_new_tokens: int = 64
    validation_fraction: float = 0.2
    sft: Json = field(default_factory=lambda: {"epochs": 2, "learning_rate": 3e-4})
    reward: Json = field(
        default_factory=lambda: {
            "epochs": 3,
            "prompts_per_step": 16,
            "learning_rate": 1e-3,
            "normalize": "shift_and_scale",
        }
    )
    ppo: Json = field(default_factory=lambda: {"iterations": 30})


@dataclass(slots=True)
class Policy:
    """A policy of the loop, with its answers to the held-out prompts."""

    name: str
    version: Json
    scores: dict[str, list[float]]  # hidden score of each answer, by prompt
    texts: dict[str, list[str]]


@dataclass(slots=True)
class RoundResult:
    """What one turn of the loop did."""

    number: int
    start: Policy
    end: Policy
    sft: Policy | None
    runs: dict[str, Json]
    metrics: dict[str, list[Json]]  # of the reward and PPO runs, by kind
    judgments: int
    demonstrations: int
    agreement: Json
    seconds: dict[str, float]


class Loop:
    """One project from its creation to its last round."""

    def __init__(
        self, stack: Stack, campaign: Campaign, seed: int, course: Course, tell: Tell
    ) -> None:
        self.stack, self.campaign, self.seed, self.course = stack, campaign, seed, course
        self.tell = tell
        self.shares = share_out(campaign.language, seed)
        self.by_text = {p.text: p for listed in self.shares.values() for p in listed}
        self.admin = Client(stack.address)
        self.engineer = Client(stack.address)
        self.labelers: list[tuple[Labeler, Client]] = []
        self.project = ""
        self.sets: dict[str, Json] = {}
        self.plans: dict[str, Json] = {}
        self.token_id = ""

    # --- the stage ------------------------------------------------------------------------------

    def set_up(self) -> None:
        """A project of its own with people, guidelines, prompts and sampling plans."""
        self.tell("making a project with its people and prompts")
        self.admin.sign_in(self.stack.username, self.stack.password)
        project = self._new_project()
        self.project = f"/projects/{project['id']}"
        self.name = project["name"]
        self.admin.post(f"{self.project}/guidelines", {"text": self.campaign.guidelines})
        for share, name in self.campaign.set_names.items():
            self._import_prompts(share, name)
        self.sets = {
            share: one
            for one in self.admin.pages(f"{self.project}/prompt-sets")
            for share, name in self.campaign.set_names.items()
            if one["name"] == name
        }
        for name in ("ranking", "measuring"):
            self.plans[name] = self.admin.post(
                f"{self.project}/sampling-plans",
                {
                    "name": f"Demonstration: {name}",
                    "strategy": "sample",
                    "temperature": 1.0,
                    "n": self.course.samples,
                    "max_new_tokens": self.course.max_new_tokens,
                    "seed": self.seed,
                },
            )
        self._hire()

    def _new_project(self) -> Json:
        for attempt in range(1, 100):
            name = f"{self.campaign.name}: closed rounds, seed {self.seed}"
            name += f" ({attempt})" if attempt > 1 else ""
            try:
                made: Json = self.admin.post(
                    "/projects",
                    {
                        "name": name,
                        "language": self.campaign.language.code,
                        "description": self.campaign.description,
                        "completions_per_item": self.course.samples,
                        "judgments_per_item": self.course.needed,
                    },
                )
                return made
            except ApiError as error:
                if error.status != 409:
                    raise
        raise LoopError("a hundred projects of this name exist already")

    def _import_prompts(self, share: str, name: str) -> None:
        rows = [
            {"id": f"{share}-{number}", "prompt": prompt.text, "source": "tiebreak-demo"}
            for number, prompt in enumerate(self.shares[share])
        ]
        data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        run = self.admin.upload(
            f"{self.project}/imports",
            data,
            kind="prompts",
            prompt_set_name=name,
            purpose=PURPOSES[share],
            filename=f"{share}.jsonl",
        )
        self.wait(run, self.admin)

    def _hire(self) -> None:
        """Labelers with sessions; the ML engineer with an API token."""
        people = [(one.username, one.display_name, "labeler") for one in STAFF]
        people.append((ENGINEER, "Eng", "ml"))
        clients = {}
        for username, display_name, role in people:
            # On a running installation an earlier course has made these accounts, and their
            # passwords are gone: the name says which course they belong to.
            named = f"{username}.{secrets.token_hex(3)}"
            password = secrets.token_urlsafe(16)
            self.admin.post(
                f"{self.project}/members",
                {
                    "username": named,
                    "display_name": display_name,
                    "password": password,
                    "roles": [role],
                },
            )
            clients[username] = Client(self.stack.address)
            clients[username].sign_in(named, password)
        self.labelers = [(one, clients[one.username]) for one in STAFF]
        token = clients[ENGINEER].post(
            "/tokens", {"name": "closed rounds", "scopes": ["read", "train"], "days": 1}
        )
        self.token_id = token["id"]
        self._engineer_session = clients[ENGINEER]
        self.engineer = Client(self.stack.address, token=token["secret"])

    def leave(self) -> None:
        """Give the API token back."""
        if self.token_id:
            self._engineer_session.delete(f"/tokens/{self.token_id}")

    def first_policy(self, directory: str) -> Json:
        """Register the pretrained policy and promote it."""
        self.stack.manage(
            *("register_version", directory, "--project", self.name),
            *("--name", self.campaign.policy_name, "--promote"),
        )
        found: list[Json] = self.engineer.get(f"{self.project}/versions", kind="policy")
        return found[-1] if found[-1]["stage"] == "base" else found[0]

    # --- runs -----------------------------------------------------------------------------------

    def start(self, kind: str, config: Json | None = None, **inputs: Any) -> Json:
        """Ask for a run, as the ML engineer."""
        body = {"kind": kind, "config": config or {}, **inputs}
        # A repeated request after a lost answer would give the same run.
        run: Json = self.engineer.post(f"{self.project}/runs", body, Idempotency_Key=str(uuid4()))
        return run

    def wait(self, run: Json, client: Client | None = None) -> Json:
        """Until the run has ended well. Raises LoopError with its own words."""
        client = client or self.engineer
        deadline = time.monotonic() + RUN_LIMIT_S
        while run["status"] not in ENDED:
            if time.monotonic() > deadline:
                raise LoopError(f"{run['kind']} run {run['number']} takes too long: {run}")
            time.sleep(POLL_S)
            run = client.get(f"/runs/{run['id']}")
        if run["status"] != "succeeded":
            raise LoopError(
                f"{run['kind']} run {run['number']} has {run['status']}: "
                f"{run['error_code']}: {run['error_message']}"
            )
        return run

    def do(self, what: str, kind: str, config: Json | None = None, **inputs: Any) -> Json:
        """Start a run, wait for it, and say how long it took."""
        began = time.monotonic()
        run = self.wait(self.start(kind, config, **inputs))
        self.tell(f"{what}: {time.monotonic() - began:.0f} s")
        return run

    def metrics(self, run: Json) -> list[Json]:
        """All figures of a run."""
        found: list[Json] = []
        last = 0
        while True:
            page = self.engineer.get(f"/runs/{run['id']}/metrics", after=last)
            if not page["results"]:
                return found
            found += page["results"]
            last = page["last"]

    def version(self, run: Json) -> Json:
        """The version a run made."""
        made: Json = self.engineer.get(f"/versions/{run['output_version']}")
        return made

    # --- measuring ------------------------------------------------------------------------------

    def measure(self, name: str, version: Json) -> Policy:
        """The policy's answers to the held-out prompts, by the hidden preference."""
        self.do(
            f"{name} answers the held-out prompts",
            "sample",
            policy_version=version["id"],
            prompt_set=self.sets["evaluation"]["id"],
            plan=self.plans["measuring"]["id"],
        )
        texts: dict[str, list[str]] = {}
        for prompt, text in self._answers_of(version):
            texts.setdefault(prompt, []).append(text)
        scores = {
            prompt: [hidden_score(self.campaign.language.code, prompt, one) for one in answers]
            for prompt, answers in texts.items()
        }
        return Policy(name, version, scores, texts)

    def _answers_of(self, version: Json) -> Iterator[tuple[str, str]]:
        rows = self.engineer.lines(
            f"{self.project}/exports/completions.jsonl",
            prompt_set=self.sets["evaluation"]["id"],
        )
        name = f"{version['name']} {version['number']}"
        for row in rows:
            if row["system"] == name:
                yield row["prompt"], row["completion"]

    # --- people ---------------------------------------------------------------------------------

    def label_everything(self) -> dict[str, int]:
        """The labelers take turns until there is nothing left to do; counts by kind."""
        began = time.monotonic()
        done = {"ranking": 0, "demonstration": 0}
        at_work = list(self.labelers)
        while at_work:
            for labeler, client in list(at_work):
                assignment = client.post(f"{self.project}/claims", {})
                if assignment is None:
                    at_work.remove((labeler, client))
                    continue
                done[self._judge(labeler, client, assignment)] += 1
        self.tell(
            f"{len(self.labelers)} labelers made {done['ranking']} rankings and wrote "
            f"{done['demonstration']} demonstrations: {time.monotonic() - began:.0f} s"
        )
        return done

    def _judge(self, labeler: Labeler, client: Client, assignment: Json) -> str:
        """Do one piece of work; its kind."""
        prompt = assignment["prompt"]["messages"][-1]["content"]
        body: Json = {"lease_token": assignment["lease_token"], "active_ms": 20_000}
        if assignment["item"]["kind"] == "demonstration":
            body["text"] = write_demonstration(
                labeler, self.campaign.language, self.by_text[prompt], self.seed
            )
        else:
            felt = felt_scores(
                labeler,
                self.campaign.language.code,
                prompt,
                {one["id"]: one["text"] for one in assignment["completions"]},
                self.seed,
            )
            body["tiers"] = tiers(felt)
        key = uuid5(NAMESPACE_URL, f"{assignment['slot_id']} {assignment['lease_token']}")
        client.put(f"/slots/{assignment['slot_id']}/submissions/{key}", body)
        return str(assignment["item"]["kind"])

    def prompts_of(self, share: str) -> list[Prompt]:
        """The prompts of a share."""
        return self.shares[share]


def play_round(loop: Loop, number: int, start: Policy) -> RoundResult:
    """One turn: sample, rank, freeze, (fine-tune,) reward model, PPO, evaluate, promote.

    The first round also asks for demonstrations and fine-tunes on them before PPO.
    """
    course, tell = loop.course, loop.tell
    began = time.monotonic()
    seconds: dict[str, float] = {}
    runs: dict[str, Json] = {}
    opened = loop.engineer.post(f"{loop.project}/rounds", {"policy_version": start.version["id"]})

    def step(name: str, kind: str, config: Json | None = None, **inputs: Any) -> Json:
        run = loop.do(f"round {number}, {name}", kind, config, **inputs)
        runs[kind] = run
        return run

    def lap(name: str) -> None:
        nonlocal began
        seconds[name] = time.monotonic() - began
        began = time.monotonic()

    step(
        "sampling",
        "sample",
        policy_version=start.version["id"],
        prompt_set=loop.sets["first" if number == 1 else "second"]["id"],
        plan=loop.plans["ranking"]["id"],
        make_items={"needed": course.needed, "k": course.samples},
    )
    if number == 1:
        loop.admin.post(
            f"{loop.project}/items",
            {"prompt_set": loop.sets["sft"]["id"], "kind": "demonstration", "needed": 1},
        )
    lap("sampling")
    done = loop.label_everything()
    lap("labeling")
    frozen = step("snapshot", "export", {"validation_fraction": course.validation_fraction})[
        "output_snapshot"
    ]
    policy, sft = start.version, None
    if number == 1:
        run = step(
            "fine-tuning on demonstrations",
            "sft",
            {**course.sft, "seed": loop.seed},
            policy_version=policy["id"],
            snapshot=frozen,
        )
        policy = loop.version(run)
        lap("fine-tuning")
        sft = loop.measure("fine-tuned", policy)
        lap("measuring")
    judge = loop.version(
        step(
            "reward model",
            "reward",
            {**course.reward, "seed": loop.seed + number},
            policy_version=policy["id"],
            snapshot=frozen,
        )
    )
    lap("reward model")
    made = loop.version(
        step(
            "PPO",
            "ppo",
            {**course.ppo, "max_new_tokens": course.max_new_tokens, "seed": loop.seed + number},
            policy_version=policy["id"],
            reward_version=judge["id"],
            prompt_set=loop.sets["rl"]["id"],
        )
    )
    lap("PPO")
    step(
        "evaluation",
        "evaluate",
        {"seed": loop.seed, "max_new_tokens": course.max_new_tokens},
        policy_version=made["id"],
        reward_version=judge["id"],
        prompt_set=loop.sets["evaluation"]["id"],
    )
    loop.engineer.post(f"/versions/{judge['id']}/promote")
    loop.engineer.post(f"/versions/{made['id']}/promote")
    links = {"sample": "sample_run", "export": "snapshot_run", "sft": "sft_run"}
    links |= {"reward": "reward_run", "ppo": "ppo_run", "evaluate": "evaluate_run"}
    loop.engineer.patch(
        f"/rounds/{opened['id']}", {links[kind]: run["id"] for kind, run in runs.items()}
    )
    loop.engineer.post(f"/rounds/{opened['id']}/close")
    lap("evaluation")
    end = loop.measure(f"round {number}", made)
    lap("measuring held-out")
    tell(f"round {number} is closed")
    return RoundResult(
        number=number,
        start=start,
        end=end,
        sft=sft,
        runs=runs,
        metrics={kind: loop.metrics(runs[kind]) for kind in ("reward", "ppo")},
        judgments=done["ranking"],
        demonstrations=done["demonstration"],
        agreement=loop.admin.get(f"{loop.project}/agreement"),
        seconds=seconds,
    )
