"""What the installation says over HTTP of rounds that ran by themselves, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from workers.demo.crew import Crew

# The runs of a round; the first has no reward model in use to be held against.
STEPS = ("sample", "snapshot", "reward", "check", "policy", "evaluation")
ENDS = ("succeeded", "failed", "cancelled")


class Record:
    """Everything that a project's ML engineer can read of it, taken at the end."""

    def __init__(self, crew: Crew) -> None:
        client, project = crew.engineer.client, crew.project
        self.client = client
        runs = [client.get(f"/runs/{one['id']}") for one in client.pages(f"{project}/runs")]
        self.runs = {one["id"]: one for one in runs if one["kind"] != "import"}
        self.versions = {one["id"]: one for one in client.get(f"{project}/versions")}
        rounds = list(reversed(list(client.pages(f"{project}/rounds"))))
        self.rounds = [one for one in rounds if one["outcome"] == "promoted"]
        # The next round may have begun before the plan was paused.
        self.under_way = [one for one in rounds if one["outcome"] != "promoted"]
        self.snapshots = {one["id"]: one for one in client.pages(f"{project}/snapshots")}
        self.lineage = client.get(f"{project}/lineage")
        self.items = list(client.pages(f"{project}/items"))
        self.rankings = list(client.lines(f"{project}/exports/rankings.jsonl"))
        self.completions = list(client.lines(f"{project}/exports/completions.jsonl"))

    def figures(self) -> dict[str, Any]:
        """In numbers."""
        return {
            "runs": dict(Counter(run["kind"] for run in self.runs.values())),
            "tries": {f"{r['kind']} {r['number']}": r["tries"] for r in self._again()},
            "items": len(self.items),
            "completions": len(self.completions),
            "rankings": len(self.rankings),
        }

    def _again(self) -> list[dict[str, Any]]:
        return [run for run in self.runs.values() if run["tries"] > 1]

    def faults(self, rounds: int) -> list[str]:
        """What is doubled, missing or leads nowhere; nothing where all is well."""
        if len(self.rounds) != rounds:
            return [f"{len(self.rounds)} rounds were promoted"]
        return [*self._steps(), *self._runs(), *self._data(), *self._trace()]

    def _steps(self) -> Iterator[str]:
        """Every step began once and was left once; none asked anybody."""
        for one in self.rounds:
            events = list(self.client.pages(f"/rounds/{one['id']}/events"))
            for kind in ("started", "passed"):
                steps = [event["step"] for event in events if event["kind"] == kind]
                yield from doubled(steps, f"round {one['number']}: {kind}")
            for event in events:
                if event["kind"] in ("asked", "retried", "resumed"):
                    yield f"round {one['number']}: {event['kind']} at {event['step']}"

    def _runs(self) -> Iterator[str]:
        """Each run stands in one place of one round, ended well once, and made one thing."""
        used = [key for one in self.rounds for key in _runs_of(one)]
        later = {key for one in self.under_way for key in _runs_of(one)}
        yield from doubled(used, "places of run")
        yield from (
            f"{self._name(key)} is of no round" for key in self.runs.keys() - set(used) - later
        )
        for key, run in self.runs.items():
            if key in later:
                continue
            if run["status"] != "succeeded":
                yield f"{self._name(key)} {run['status']}: {run['error_message']}"
            events = self._events(key)
            ends = [event["type"] for event in events if event["type"] in ENDS]
            if ends != ["succeeded"]:
                yield f"{self._name(key)} ended {ends}"
            claims = sum(event["type"] == "claimed" for event in events)
            if claims != run["tries"]:
                yield f"{self._name(key)}: {claims} claims in {run['tries']} tries"
        made = Counter(run["kind"] for run in self.runs.values() if run["output_version"])
        wanted = {"reward": len(self.rounds), "ppo": len(self.rounds)}
        if made != wanted or len(self.versions) != 1 + sum(wanted.values()):
            yield f"{len(self.versions)} versions were made, by {dict(made)}"

    def _events(self, key: str) -> list[dict[str, Any]]:
        """What happened to a run, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["id"] if found else 0
            page = self.client.get(f"/runs/{key}/events", after=after)["results"]
            if not page:
                return found
            found += page

    def _name(self, key: str) -> str:
        return f"{self.runs[key]['kind']} run {self.runs[key]['number']}"

    def _data(self) -> Iterator[str]:
        """Each prompt is one item of each round, each sample was drawn once, each item judged once."""
        for one in self.rounds:
            (sampled,) = [step for step in one["steps"] if step["step"] == "sample"]
            if not sampled["counts"].get("items"):
                yield f"round {one['number']} made no items: {sampled['counts']}"
        made = sum(
            step["counts"].get("items", 0)
            for one in self.rounds
            for step in one["steps"]
            if step["step"] == "sample"
        )
        if len(self.items) < made or (len(self.items) > made and not self.under_way):
            yield f"{len(self.items)} items for {made} that the rounds made"
        drawn = [(c["prompt"], c["system"], c["sample_index"]) for c in self.completions]
        yield from doubled(map(str, drawn), "draws of")
        judged = [str((row["prompt"], sorted(row["completions"]))) for row in self.rankings]
        yield from doubled(judged, "rankings of")
        open_items = [one for one in self.items if one["state"] != "done"]
        if len(self.rankings) != len(self.items) - len(open_items):
            yield f"{len(self.rankings)} rankings of {len(self.items) - len(open_items)} done items"

    def _trace(self) -> Iterator[str]:
        """From the policy in use back to the first, by the lineage: policy, reward model, snapshot,
        round, and the policy whose completions were judged in it."""
        came = {
            (edge["target"], edge["relation"]): edge["source"] for edge in self.lineage["edges"]
        }
        (policy,) = [
            one["id"]
            for one in self.versions.values()
            if one["kind"] == "policy" and one["status"] == "promoted"
        ]
        judgments = len(self.rankings) + 1
        for one in reversed(self.rounds):
            reward = came.get((policy, "scored_by"))
            snapshot = came.get((str(reward), "trained_on"))
            round = came.get((str(snapshot), "frozen_from"))
            before = came.get((policy, "began_as"))
            if round != one["id"] or before != came.get((str(round), "judged_in")) or not before:
                yield f"round {one['number']}: {policy} leads to {reward}, {snapshot}, {round}"
                return
            if self.runs[one["ppo_run"]]["judgments_in"] != [snapshot]:
                yield f"round {one['number']}: the page of its policy names other judgments"
            counted = self.snapshots[str(snapshot)]["counts"]["rankings"]
            if not 0 < counted < judgments:
                yield f"round {one['number']}: {counted} judgments, fewer than {judgments} expected"
            judgments, policy = counted, before
        if self.versions[policy]["parent_id"] is not None:
            yield f"the first policy came from {self.versions[policy]['parent_id']}"


def _runs_of(round: dict[str, Any]) -> list[str]:
    return [run["id"] for step in round["steps"] if step["step"] in STEPS for run in step["runs"]]


def doubled(things: Iterable[Hashable], what: str) -> Iterator[str]:
    """Each thing that is there more than once."""
    for thing, count in Counter(things).items():
        if count > 1:
            yield f"{count} {what} {thing}"
