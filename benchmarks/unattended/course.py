"""The course: a plan let go, labelers at work, programs killed at named points."""

from __future__ import annotations

import time
import urllib.error
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.unattended.installation import kill
from benchmarks.unattended.record import Record
from workers.demo.campaigns import campaign_of
from workers.demo.client import ApiError
from workers.demo.crew import Crew, hire
from workers.demo.policy import Tell
from workers.demo.stack import Stack

LIMIT_S = 3600.0
AWAY = (urllib.error.URLError, ConnectionError, TimeoutError)
EVERYTHING = ("web", "valkey", "worker-train", "worker-short", "worker-sample", "scheduler")


class Fault(NamedTuple):
    """What is killed when the round stands at this step and its run is at work (or people rank)."""

    round: int
    step: str
    programs: tuple[str, ...]


FAULTS = (
    Fault(1, "collect", ("web",)),
    Fault(1, "reward", ("worker-train",)),
    Fault(1, "policy", ("valkey",)),
    Fault(2, "sample", ("worker-sample",)),
    Fault(2, "reward", ("scheduler", "worker-short")),
    Fault(2, "policy", EVERYTHING),
)
# A policy that learnt for a minute neither stops well nor wins: what it cannot reach is not asked.
GATES = {
    "reward_least_accuracy": 0.0,
    "reward_least_gain": -1.0,
    "kl_ceiling": 1000.0,
    "least_stop_rate": 0.0,
    "least_win_rate": None,
}


class Course:
    """Rounds of one project on one installation. `prompts` of each round, three completions each."""

    def __init__(self, stack: Stack, policy: Path, prompts: int, tell: Tell) -> None:
        self.stack, self.prompts, self.tell = stack, prompts, tell
        self.killed: list[Fault] = []
        self.crew: Crew = hire(
            *(stack, campaign_of("en"), 1),
            policy=str(policy),
            needed=1,
            samples=3,
            max_new_tokens=24,
            tell=tell,
        )

    def run(self, rounds: int) -> dict[str, Any]:
        """Play the rounds; what the record says of them. `faults`: what is doubled or missing."""
        self._begin()
        self._play(rounds)
        record = Record(self.crew)
        return {
            "rounds": rounds,
            "killed": dict(Counter(name for one in self.killed for name in one.programs)),
            **record.figures(),
            "faults": [*record.faults(rounds), *self._unused(rounds)],
        }

    def _begin(self) -> None:
        client, project = self.crew.engineer.client, self.crew.project
        row = {"policy": "promoted", "plan": self.crew.plans["ranking"]["id"], "count": 3}
        mix = client.post(f"{project}/sampling-mixes", {"name": "newest", "rows": [row]})
        client.put(
            f"{project}/round-plan",
            {
                "mix": mix["id"],
                "prompt_set": self.crew.sets["first"]["id"],
                "prompts_per_round": self.prompts,
                "judgments": self.prompts,
                "snapshot_config": {"validation_fraction": 0.3},
                "reward_config": {"prompts_per_step": 4, "checkpoint_every_steps": 1},
                "policy_config": {
                    **{"iterations": 2, "rollouts_per_iteration": 8, "minibatch_size": 4},
                    **{"max_new_tokens": 16, "evaluation_prompts": 4},
                },
                "rl_prompt_set": self.crew.sets["rl"]["id"],
                "evaluation_set": None,
                **GATES,
            },
        )
        client.patch(f"{project}/round-plan", {"state": "active"})

    def _play(self, rounds: int) -> None:
        """Labelers rank and things are killed until so many rounds are promoted."""
        due, last, away = list(FAULTS), "", False
        deadline = time.monotonic() + LIMIT_S
        client, project = self.crew.engineer.client, self.crew.project
        while time.monotonic() < deadline:
            try:
                found = list(client.pages(f"{project}/rounds"))
                if sum(one["outcome"] == "promoted" for one in found) >= rounds:
                    client.patch(f"{project}/round-plan", {"state": "paused"})
                    return
                for one in found[:1]:
                    last = self._tell(one, last)
                    for fault in [fault for fault in due if _is_due(fault, one)]:
                        kill(self.stack, fault.programs)
                        due.remove(fault)
                        self.killed.append(fault)
                        self.tell(f"killed {', '.join(fault.programs)}")
                self.crew.label_everything(turns=1)  # so that a round is met while people rank
                away = False
            except (*AWAY, ApiError) as error:
                if not away:
                    self.tell(f"away: {type(error).__name__}")
                away = True
            time.sleep(1.0)
        raise TimeoutError("the rounds are not done within an hour")

    def _tell(self, newest: dict[str, Any], last: str) -> str:
        now = f"round {newest['number']}: {newest['step']}"
        if now != last:
            self.tell(now)
        if newest["question"]:
            raise AssertionError(f"the round asks: {newest['question']}")
        return now

    def _unused(self, rounds: int) -> list[str]:
        """Killings that never came about prove nothing."""
        missed = [one for one in FAULTS if one.round <= rounds and one not in self.killed]
        return [f"nothing was killed in round {one.round} at {one.step}" for one in missed]


def _is_due(fault: Fault, newest: dict[str, Any]) -> bool:
    if (newest["number"], newest["step"]) != (fault.round, fault.step):
        return False
    step = next(one for one in newest["steps"] if one["step"] == fault.step)
    return fault.step == "collect" or any(run["status"] == "running" for run in step["runs"])
