"""A trainer without a neural network: the same contract, each step a short sleep.

`behaviour.json` in the artifact directory says how it behaves; each start is one line of
`starts.jsonl`, each step one line of `steps.jsonl`, so that tests see what ran, not what is claimed.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.annotation.registry.models import write_model


class StandIn:
    def __init__(self, stage: str, directory: Path) -> None:
        self.stage, self.directory = stage, directory
        behaviour = directory.parents[1] / "behaviour.json"
        self.wish = json.loads(behaviour.read_text()) if behaviour.exists() else {}
        self.stopping = False
        self.events = directory / "events.jsonl"
        self.seq = 0
        if self.events.exists():
            self.seq = json.loads(self.events.read_text().splitlines()[-1])["seq"]

    def say(self, type: str, **fields: Any) -> None:
        self.seq += 1
        row = {"seq": self.seq, "at": datetime.now(UTC).isoformat(), "type": type, **fields}
        with self.events.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def mark(self, name: str, **row: Any) -> None:
        with (self.directory / name).open("a") as file:
            file.write(json.dumps({"pid": os.getpid(), "at": time.time(), **row}) + "\n")

    def run(self) -> int:
        signal.signal(signal.SIGTERM, self.stop)
        self.mark("starts.jsonl", nice=os.getpriority(os.PRIO_PROCESS, 0))
        if (self.directory / "MANIFEST.json").exists():
            return 0
        saved = self.directory / "checkpoint.json"
        step = json.loads(saved.read_text()) if saved.exists() else 0
        self.say("started", resumed_from=step or None, versions={"torch": "none"})
        for type, fields in self.wish.get("tells", []):
            self.say(type, **fields)
        print(self.wish.get("prints", ""), flush=True)
        for name, text in self.wish.get("writes", {}).items():
            (self.directory / name).write_text(text)
        if "refuse" in self.wish:
            self.say("failed", code="config_refused", message=self.wish["refuse"])
            return 78
        steps, every = self.wish.get("steps", 10), self.wish.get("checkpoint_every", 2)
        while step < steps:
            if self.stopping and not self.wish.get("deaf"):
                self.say("interrupted", step=step)
                return 75
            time.sleep(self.wish.get("step_s", 0.05))
            step += 1
            self.mark("steps.jsonl", step=step)
            self.say("metric", step=step, values={"loss": 1 / step, "nothing": None})
            self.say("progress", done=step, total=steps, phase="train")
            if self.wish.get("crash"):
                os.kill(os.getpid(), signal.SIGKILL)
            if every and step % every == 0:
                unfinished = saved.with_suffix(".part")  # it may be killed at any moment
                unfinished.write_text(json.dumps(step))
                unfinished.replace(saved)
                self.say("checkpoint", step=step, path="-", manifest_sha256="0" * 64, bytes=1)
        self.finish()
        return 0

    def stop(self, *_: object) -> None:
        self.stopping = True

    def finish(self) -> None:
        kind = "reward" if self.stage == "reward" else "policy"
        write_model(self.directory / "model", kind=kind, weight=float(os.getpid()))
        (self.directory / "report.json").write_text(json.dumps({"accuracy": 0.75}))
        files = [*(self.directory / "model").iterdir(), self.directory / "report.json"]
        listed = {
            str(path.relative_to(self.directory)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }
        self.say("finished", report={"accuracy": 0.75})
        (self.directory / "MANIFEST.json").write_text(json.dumps({"files": listed}))


def watch() -> None:
    while os.read(0, 100):
        pass
    os._exit(76)


if __name__ == "__main__":
    threading.Thread(target=watch, daemon=True).start()
    raise SystemExit(StandIn(sys.argv[1], Path(sys.argv[3])).run())
