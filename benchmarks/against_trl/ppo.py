"""A PPO iteration beside TRL 1.9.0, the last release that has PPO.

    python -m benchmarks.against_trl.ppo [--threads 2] [--rounds 5] [--vocabulary 50257,5000]

Random GPT-2 policy, reference, reward and value networks; prompts of P tokens, completions of C (no early
stop: random policies almost never draw the end token), 4 passes over the batch, one optimiser update
each. Both sides in processes of their own, taking turns. Prints medians and peak memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from benchmarks.against_trl.sides import HERE, Side, take_turns, trl_python
from rewardmodel.config import PretrainConfig
from rewardmodel.models import Policy, new_reward_model
from rewardmodel.pretrain import train_tokenizer


def prepare(folder: Path, vocabulary: int, width: int, layers: int) -> None:
    """A random GPT-2 and a reward model of it."""
    codec = train_tokenizer([f"word{n}" for n in range(500)], PretrainConfig(vocabulary_size=400))
    torch.manual_seed(0)
    language_model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=vocabulary,
            n_positions=512,
            n_embd=width,
            n_layer=layers,
            n_head=max(1, width // 64),
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=codec.tokenizer.bos_token_id,
            eos_token_id=codec.end_id,
            pad_token_id=codec.fill_id,
        )
    )
    Policy(language_model, codec).save(folder / "policy")
    new_reward_model(folder / "policy", torch.device("cpu"), seed=0).save(folder / "reward")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32")
    parser.add_argument("--interpreter", help="a Python with TRL; otherwise one is made")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--vocabulary", default="50257,5000")
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--prompt-tokens", type=int, default=64)
    parser.add_argument("--completion-tokens", type=int, default=48)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--microbatch", type=int, default=16)
    parser.add_argument("--trl", default="1.9.0")
    arguments = parser.parse_args()
    interpreter = arguments.interpreter or str(trl_python(arguments.trl))
    results = []
    print(
        f"d={arguments.width} L={arguments.layers} P={arguments.prompt_tokens} "
        f"C={arguments.completion_tokens} batch={arguments.batch} {arguments.device} "
        f"{arguments.precision} threads={arguments.threads} "
        f"load={os.getloadavg()[0]:.1f} TRL {arguments.trl}"
    )
    print(
        "vocabulary  ours episodes/s   TRL episodes/s   times TRL   ours peak MB  TRL peak MB  share"
    )
    for vocabulary in map(int, arguments.vocabulary.split(",")):
        with tempfile.TemporaryDirectory(prefix="tiebreak-bench-") as name:
            folder = Path(name)
            prepare(folder, vocabulary, arguments.width, arguments.layers)
            (folder / "run").mkdir()
            draw = random.Random(1)
            job = {
                "prompts": [
                    [draw.randrange(10, 390) for _ in range(arguments.prompt_tokens)]
                    for _ in range(4 * arguments.batch)
                ],
                "threads": arguments.threads,
                "device": arguments.device,
                "precision": arguments.precision,
                "batch": arguments.batch,
                "microbatch": arguments.microbatch,
                "inner_epochs": 4,
                "completion_tokens": arguments.completion_tokens,
            }
            (folder / "job.json").write_text(json.dumps(job))
            sides = [
                Side(
                    "ours",
                    [sys.executable, "-m", "benchmarks.against_trl.our_ppo", name],
                    arguments.threads,
                ),
                Side("trl", [interpreter, str(HERE / "trl_ppo.py"), name], arguments.threads),
            ]
            try:
                found = take_turns(sides, arguments.rounds, arguments.warm_up)
            finally:
                for side in sides:
                    side.stop()
        ours, trl = (arguments.batch / found[side]["seconds"] for side in ("ours", "trl"))
        memory = [found[side]["peak_mb"] for side in ("ours", "trl")]
        results.append({"vocabulary": vocabulary, "ratio": ours / trl, **found})
        print(
            f"{vocabulary:10d} {ours:16.1f} {trl:16.1f} {ours / trl:11.2f} "
            f"{memory[0]:14.0f} {memory[1]:12.0f} {memory[0] / memory[1]:6.2f}",
            flush=True,
        )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
