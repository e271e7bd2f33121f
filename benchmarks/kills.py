"""One training run killed with SIGKILL again and again: it must end with the bytes of an untouched one.

    python -m benchmarks.kills --kills 20

Reward model and PPO, on the CPU, a policy of a few thousand weights. A kill comes at a random point of the
event log after the next checkpoint; every fourth at a random moment of the start, when nothing is gained
yet. Prints the SHA-256 of both models; exit status 1 where they, the reports or the events differ.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import sys
import tempfile
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tests.rewardmodel.child import run_to_exit

STAGES: dict[str, dict[str, Any]] = {
    "reward": {"epochs": 8, "prompts_per_step": 4, "learning_rate": 1e-3},
    "ppo": {
        **{"iterations": 24, "rollouts_per_iteration": 8, "minibatch_size": 4},
        **{"max_new_tokens": 8, "evaluation_prompts": 4, "learning_rate": 1e-3},
        **{"kl_ceiling": 10_000, "alarms": "warn"},
    },
}
LIMIT_S = 600.0


class Killed:
    """Runs of one stage that differ only in how they are treated."""

    def __init__(
        self, root: Path, stage: str, inputs: dict[str, Path], chance: random.Random
    ) -> None:
        self.root, self.stage, self.inputs, self.chance = root, stage, inputs, chance
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["tests.rewardmodel.child"])

    def new(self, name: str) -> Path:
        """A run directory."""
        from tests.rewardmodel.conftest import write_run

        settings = {"checkpoint_every_steps": 1, "threads": 1, **STAGES[self.stage]}
        return write_run(self.root / f"{self.stage}-{name}", self.stage, self.inputs, **settings)

    def to_the_end(self, folder: Path) -> None:
        """Start it once more, and leave it alone. Raises RuntimeError."""
        process = self.context.Process(target=run_to_exit, args=(str(folder),))
        process.start()
        process.join(LIMIT_S)
        if process.exitcode != 0:
            raise RuntimeError((folder / "stderr.txt").read_text())

    def kill_once(self, folder: Path, early: bool) -> bool:
        """Start it and kill it; False where it ended before."""
        known, log = checkpoints(folder), folder / "events.jsonl"
        process = self.context.Process(target=run_to_exit, args=(str(folder),))
        process.start()
        if early:
            time.sleep(self.chance.uniform(0, 0.5))
        else:
            while process.is_alive() and checkpoints(folder) == known:
                time.sleep(0.002)
            size = log.stat().st_size + self.chance.randrange(1500)
            while process.is_alive() and log.stat().st_size < size:
                time.sleep(0.002)
        process.kill()
        process.join()
        if process.exitcode not in (0, -9):
            raise RuntimeError((folder / "stderr.txt").read_text())
        return process.exitcode != 0

    def compare(self, kills: int) -> dict[str, Any]:
        """Both runs; `faults` says in what the killed one differs."""
        whole, broken = self.new("whole"), self.new("killed")
        self.to_the_end(whole)
        done = 0
        while done < kills and self.kill_once(broken, early=done % 4 == 3):
            done += 1
        self.to_the_end(broken)
        digests = [sha256(folder / "model" / "model.safetensors") for folder in (whole, broken)]
        events = [json.loads(line) for line in (broken / "events.jsonl").open()]
        faults = []
        if done < kills:
            faults.append(f"it ended after {done} kills")
        if digests[0] != digests[1]:
            faults.append("the weights differ")
        if (whole / "report.json").read_bytes() != (broken / "report.json").read_bytes():
            faults.append("the reports differ")
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            faults.append("events are missing or doubled")
        starts = [event for event in events if event["type"] == "started"]
        return {
            "stage": self.stage,
            "kills": done,
            "starts_told": len(starts),
            "resumed_from": [event["resumed_from"] for event in starts],
            "untouched": digests[0],
            "killed": digests[1],
            "faults": faults,
        }


def checkpoints(folder: Path) -> int:
    """How many the log tells of."""
    log = folder / "events.jsonl"
    return log.read_bytes().count(b'"type": "checkpoint"') if log.exists() else 0


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inputs_of(root: Path) -> dict[str, dict[str, Path]]:
    """A policy, a reward model, rankings and prompts of no meaning."""
    from rewardmodel.models import new_reward_model
    from rewardmodel.rankings import write_snapshot
    from tests.rewardmodel.conftest import CPU, tiny_policy, toy_rankings

    tiny_policy().save(root / "policy")
    new_reward_model(root / "policy", CPU, seed=1).save(root / "reward")
    write_snapshot(root / "snapshot", toy_rankings() + toy_rankings(8, split="validation"), [])
    rows = [{"id": f"p{n}", "prompt": f"question {n}"} for n in range(12)]
    (root / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    policy = {"policy": root / "policy"}
    return {
        "reward": {**policy, "snapshot": root / "snapshot"},
        "ppo": {**policy, "reward_model": root / "reward", "prompts": root / "prompts.jsonl"},
    }


def main() -> None:
    """Both stages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--stages", nargs="+", default=list(STAGES), choices=list(STAGES))
    parser.add_argument("--seed", type=int, default=20261128)
    options = parser.parse_args()
    faults = 0
    with tempfile.TemporaryDirectory(prefix="tiebreak-kills-") as folder:
        root = Path(folder)
        inputs = inputs_of(root)
        for stage in options.stages:
            began = time.monotonic()
            killed = Killed(root, stage, inputs[stage], random.Random(options.seed))
            found = killed.compare(options.kills)
            found["seconds"] = round(time.monotonic() - began)
            print(json.dumps(found), flush=True)
            faults += len(found["faults"])
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
