"""A reward update beside TRL's RewardTrainer.

    python -m benchmarks.against_trl.reward [--threads 2] [--rounds 5] [--only 9,512,64] [--trl 1.16.0]

Rankings of K completions of C tokens after a prompt of P, strictly ordered. TRL knows pairs, so it
gets all K(K-1)/2 of each ranking; one step of either side is one optimiser update on the same
labels, network (random Llama), AdamW settings, fp32 and threads, each in a process of its own, taking turns.
TRL's batches are made before its clock starts. Prints medians, losing cases included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch

from benchmarks.against_trl.sides import HERE, Side, take_turns, trl_python
from rewardmodel.config import PretrainConfig
from rewardmodel.models import Policy, new_reward_model
from rewardmodel.pretrain import new_language_model, train_tokenizer
from rewardmodel.rankings import Message

GRID = [(k, p, c) for k in (4, 7, 9) for p in (32, 128, 512) for c in (32, 64, 128)]
MARKS = {(9, 512, 64): 30.0, (4, 128, 64): 4.0}  # what we promise


def prepare(folder: Path, width: int, layers: int) -> int:
    """A random reward model on disk, the same for all sides; its number of token ids."""
    config = PretrainConfig(
        vocabulary_size=1024,
        hidden_size=width,
        layers=layers,
        heads=max(1, width // 64),
        context_tokens=2048,
        block_tokens=16,
    )
    words: list[str | tuple[Message, ...]] = [f"word{n} {n * n} other{n % 7}" for n in range(4000)]
    codec = train_tokenizer(words, config)
    Policy(new_language_model(codec, config), codec).save(folder / "policy")
    reward_model = new_reward_model(folder / "policy", torch.device("cpu"), seed=0)
    reward_model.save(folder / "model")
    return len(codec.tokenizer)


def write_job(folder: Path, shape: tuple[int, int, int], tokens: int, arguments: Any) -> int:
    """The rankings of a step; how many."""
    k, p, c = shape
    count: int = max(1, arguments.tokens // (k * (p + c)))
    draw = random.Random(1)

    def ids(length: int) -> list[int]:
        return [draw.randrange(10, tokens - 10) for _ in range(length)]

    rankings = [{"prompt": ids(p), "completions": [ids(c) for _ in range(k)]} for _ in range(count)]
    job = {
        "rankings": rankings,
        "threads": arguments.threads,
        "device": arguments.device,
        "precision": arguments.precision,
        "learning_rate": 1e-5,
        "microbatch_tokens": arguments.microbatch_tokens,
    }
    (folder / "job.json").write_text(json.dumps(job))
    return count


def check_losses(found: dict[str, Any], precision: str) -> None:
    """The same saved weights score alike, and the same labels and updates give the same losses, or the
    comparison is void.

    TRL rounds its loss for the log; it tells that of the step before.
    """
    scores = [found[name]["scores"] for name in ("ours", "trl")]
    rounding = 1e-4 if precision == "fp32" else 5e-2
    if max(abs(a - b) for a, b in zip(*scores, strict=True)) > rounding:
        raise SystemExit(f"one saved reward model scores differently: {scores}")
    ours, plain, trl = (found[name]["losses"] for name in ("ours", "plain", "trl"))
    pairs = [*zip(ours, plain, strict=True), *zip(ours, trl[1:], strict=False)]
    worst = max(abs(a - b) for a, b in pairs)
    if worst > max(5e-3, rounding):
        raise SystemExit(f"the sides do not learn the same: losses {ours}, {plain}, {trl}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--interpreter", help="a Python with TRL; otherwise one is made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=16384, help="K(P+C) tokens in a step")
    parser.add_argument("--microbatch-tokens", type=int, default=4096)
    parser.add_argument("--trl", default="1.16.0")
    parser.add_argument("--only", default="", help="shapes, as K,P,C;K,P,C")
    arguments = parser.parse_args()
    grid = [tuple(map(int, one.split(","))) for one in arguments.only.split(";") if one] or GRID
    interpreter = arguments.interpreter or str(trl_python(arguments.trl))
    results = []
    with tempfile.TemporaryDirectory(prefix="tiebreak-bench-") as name:
        folder = Path(name)
        tokens = prepare(folder, arguments.width, arguments.layers)
        print(
            f"d={arguments.width} L={arguments.layers} {arguments.device} {arguments.precision} "
            f"threads={arguments.threads} "
            f"load={os.getloadavg()[0]:.1f} TRL {arguments.trl}"
        )
        print("  K    P    C rankings   ours ms  plain ms    TRL ms  times TRL  ours MB   TRL MB")
        for shape in grid:
            count = write_job(folder, shape, tokens, arguments)  # type: ignore[arg-type]
            ours = [sys.executable, "-m", "benchmarks.against_trl.our_reward", str(folder)]
            sides = [
                Side("ours", [*ours, "auto"], arguments.threads),
                Side("plain", [*ours, "never"], arguments.threads),
                Side(
                    "trl",
                    [interpreter, str(HERE / "trl_reward.py"), str(folder)],
                    arguments.threads,
                ),
            ]
            try:
                found = take_turns(sides, arguments.rounds, arguments.warm_up)
            finally:
                for side in sides:
                    side.stop()
            k, p, c = shape
            check_losses(found, arguments.precision)
            ratio = found["trl"]["seconds"] / found["ours"]["seconds"]
            results.append({"K": k, "P": p, "C": c, "rankings": count, "ratio": ratio, **found})
            mark = MARKS.get((k, p, c))
            said = "" if mark is None else f"   (promised {mark:.0f})"
            milliseconds = [1000 * found[name]["seconds"] for name in ("ours", "plain", "trl")]
            print(
                f"{k:3d} {p:4d} {c:4d} {count:8d} "
                + " ".join(f"{value:9.0f}" for value in milliseconds)
                + f" {ratio:9.1f} {found['ours']['peak_mb']:9.0f} {found['trl']['peak_mb']:8.0f}{said}",
                flush=True,
            )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
