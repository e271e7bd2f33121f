"""One turn of the loop after the other, over the HTTP API, and what each of them brought.

Nothing reaches behind the API but the registering of the first policy, for which there is a
command. Results depend on the seed alone: labelers take turns, and what they say depends on what
they read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from workers.demo.crew import Crew
from workers.demo.runs import Json
from workers.demo.scorer import hidden_score

PLACES = {
    "sample": "sample_run",
    "export": "snapshot_run",
    "sft": "sft_run",
    "reward": "reward_run",
    "ppo": "ppo_run",
    "evaluate": "evaluate_run",
}


@dataclass(frozen=True, slots=True)
class Course:
    """How much is done in each round, and the settings of its stages."""

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
    texts: dict[str, list[str]]  # by prompt
    scores: dict[str, list[float]]  # hidden score of each


@dataclass(slots=True)
class RoundResult:
    """What one turn of the loop brought."""

    number: int
    start: Policy
    sft: Policy | None
    end: Policy
    runs: dict[str, Json]  # by kind
    metrics: dict[str, list[Json]]  # of the reward and the PPO run
    rankings: int
    demonstrations: int
    seconds: dict[str, float]


def measure(crew: Crew, name: str, version: Json) -> Policy:
    """Let a policy answer the held-out prompts, and score it by the hidden preference."""
    crew.engineer.do(
        f"{name} answers the held-out prompts",
        "sample",
        policy_version=version["id"],
        prompt_set=crew.sets["evaluation"]["id"],
        plan=crew.plans["measuring"]["id"],
    )
    texts: dict[str, list[str]] = {}
    for prompt, text in crew.engineer.completions(version, crew.sets["evaluation"]):
        texts.setdefault(prompt, []).append(text)
    code = crew.campaign.language.code
    scores = {
        prompt: [hidden_score(code, prompt, text) for text in answers]
        for prompt, answers in texts.items()
    }
    return Policy(name, version, texts, scores)


class Round:
    """sample → rank → freeze → (fine-tune) → reward model → PPO → evaluate → promote.

    The first round also asks for demonstrations and fine-tunes on them before PPO.
    """

    def __init__(self, crew: Crew, course: Course, number: int, start: Policy) -> None:
        self.crew, self.course, self.number, self.start = crew, course, number, start
        self.engineer = crew.engineer
        self.first = number == 1
        self.seed = crew.seed + number
        self.runs: dict[str, Json] = {}
        self.seconds: dict[str, float] = {}

    def play(self) -> RoundResult:
        """The whole round."""
        opened = self.engineer.client.post(
            f"{self.crew.project}/rounds", {"policy_version": self.start.version["id"]}
        )
        done = self._collect()
        snapshot = self._do(
            "snapshot", "export", {"validation_fraction": self.course.validation_fraction}
        )["output_snapshot"]
        sft = self._fine_tune(snapshot) if self.first else None
        policy = (sft or self.start).version
        judge = self._train_reward_model(policy, snapshot)
        made = self._improve(policy, judge)
        self._conclude(opened, judge, made)
        return RoundResult(
            number=self.number,
            start=self.start,
            sft=sft,
            end=measure(self.crew, f"round {self.number}", made),
            runs=self.runs,
            metrics={kind: self.engineer.metrics(self.runs[kind]) for kind in ("reward", "ppo")},
            rankings=done["ranking"],
            demonstrations=done["demonstration"],
            seconds=self.seconds,
        )

    def _do(self, what: str, kind: str, config: Json | None = None, **inputs: Any) -> Json:
        began = time.monotonic()
        run = self.engineer.do(f"round {self.number}, {what}", kind, config, **inputs)
        self.runs[kind] = run
        self.seconds[what] = time.monotonic() - began
        return run

    def _collect(self) -> dict[str, int]:
        """Completions from the round's first policy, and everybody's judgment of them."""
        crew = self.crew
        self._do(
            "sampling",
            "sample",
            policy_version=self.start.version["id"],
            prompt_set=crew.sets["first" if self.first else "second"]["id"],
            plan=crew.plans["ranking"]["id"],
            make_items={"needed": self.course.needed, "k": self.course.samples},
        )
        if self.first:
            crew.admin.post(
                f"{crew.project}/items",
                {"prompt_set": crew.sets["sft"]["id"], "kind": "demonstration", "needed": 1},
            )
        began = time.monotonic()
        done = crew.label_everything()
        self.seconds["labeling"] = time.monotonic() - began
        crew.engineer.tell(
            f"round {self.number}, labeling: {done['ranking']} rankings, "
            f"{done['demonstration']} demonstrations: {self.seconds['labeling']:.0f} s"
        )
        return done

    def _fine_tune(self, snapshot: str) -> Policy:
        run = self._do(
            "fine-tuning",
            "sft",
            {**self.course.sft, "seed": self.seed},
            policy_version=self.start.version["id"],
            snapshot=snapshot,
        )
        return measure(self.crew, "fine-tuned", self.engineer.made_by(run))

    def _train_reward_model(self, policy: Json, snapshot: str) -> Json:
        run = self._do(
            "reward model",
            "reward",
            {**self.course.reward, "seed": self.seed},
            policy_version=policy["id"],
            snapshot=snapshot,
        )
        return self.engineer.made_by(run)

    def _improve(self, policy: Json, judge: Json) -> Json:
        longest = {"max_new_tokens": self.course.max_new_tokens}
        run = self._do(
            "PPO",
            "ppo",
            {**self.course.ppo, **longest, "seed": self.seed},
            policy_version=policy["id"],
            reward_version=judge["id"],
            prompt_set=self.crew.sets["rl"]["id"],
        )
        made = self.engineer.made_by(run)
        self._do(
            "evaluation",
            "evaluate",
            {**longest, "seed": self.seed},
            policy_version=made["id"],
            reward_version=judge["id"],
            prompt_set=self.crew.sets["evaluation"]["id"],
        )
        return made

    def _conclude(self, opened: Json, judge: Json, made: Json) -> None:
        """Promote what was made and close the round's row."""
        self.engineer.promote(judge)
        self.engineer.promote(made)
        links = {PLACES[kind]: run["id"] for kind, run in self.runs.items()}
        self.engineer.client.patch(f"/rounds/{opened['id']}", links)
        self.engineer.client.post(f"/rounds/{opened['id']}/close")
