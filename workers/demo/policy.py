"""The demonstration's policy: pretrained on this machine, in about a minute, on text written here.

One policy for both languages. The run directory is named after everything that went into it, so a
finished one is used again and an interrupted one is continued.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workers.demo.campaigns import CAMPAIGNS, share_out
from workers.demo.text import dialogues

Tell = Callable[[str], None]
DIALOGUES = 6000  # of each language: about one pass in the updates below
SETTINGS: dict[str, Any] = {
    "hidden_size": 192,
    "layers": 2,
    "steps": 700,
    "batch_size": 8,
    "learning_rate": 0.006,
    "checkpoint_every_steps": 100,
}
TELL_EVERY_S = 5.0


def pretrain(folder: Path, seed: int, tell: Tell, settings: dict[str, Any] | None = None) -> Path:
    """The directory of the pretrained policy, below `folder`. Raises CalledProcessError."""
    config = {**SETTINGS, **(settings or {}), "seed": seed}
    texts = "".join(text_lines(seed))
    digest = hashlib.sha256(f"{json.dumps(config, sort_keys=True)}\n{texts}".encode()).hexdigest()
    run = folder / f"policy-{digest[:12]}"
    run.mkdir(parents=True, exist_ok=True)
    (run / "texts.jsonl").write_text(texts, encoding="utf-8")
    document = {"stage": "pretrain", "inputs": {"texts": "texts.jsonl"}, "config": config}
    (run / "config.json").write_text(json.dumps(document, indent=1) + "\n")
    if not (run / "MANIFEST.json").exists():
        _run_stage(run, tell)
    return run / "model"


def text_lines(seed: int) -> list[str]:
    """The texts file: dialogues in both languages, on prompts that are used for nothing else."""
    return [
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": question},
                    {"role": "assistant", "content": reply},
                ]
            },
            ensure_ascii=False,
        )
        + "\n"
        for campaign in CAMPAIGNS
        for question, reply in dialogues(
            campaign.language,
            share_out(campaign.language, seed)["pretraining"],
            DIALOGUES,
            seed,
        )
    ]


def _run_stage(run: Path, tell: Tell) -> None:
    """The pretrain stage as its own process, telling how far it is."""
    command = [sys.executable, "-m", "rewardmodel", "pretrain", "--run", str(run)]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    with (run / "trainer.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **offline}
        )
    try:
        told = time.monotonic()
        while process.poll() is None:
            time.sleep(0.2)
            if time.monotonic() - told >= TELL_EVERY_S:
                told = time.monotonic()
                if found := _progress(run / "events.jsonl"):
                    tell(f"pretraining the policy: {found} %")
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


def _progress(events: Path) -> int | None:
    """Per cent done, from the end of the event log."""
    try:
        lines = events.read_bytes()[-20_000:].splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if event.get("type") == "progress":
            return int(100 * event["done"] / event["total"])
    return None
