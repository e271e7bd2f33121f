"""A PPO iteration beside TRL 1.9.0, the last release that has PPO.

    python -m benchmarks.against_trl.ppo [--threads 2] [--rounds 5] [--vocabulary 50257,5000] [--until-stop 0,16]

Random GPT-2 policy, reference, reward and value networks; prompts of P tokens, completions of at most C, 4 passes
over the batch, one optimiser update each. A random policy almost never draws the end token; with --until-stop
it is made likelier, so that completions have about so many tokens. Both sides in processes of their own, taking
turns. Prints medians, peak memory, and how many times fewer multiplications of matrices ours does in an
iteration ("counted"): where work is all that costs time, no more can be won without another algorithm.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
import tempfile
from itertools import product
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from benchmarks.against_trl.sides import HERE, Side, take_turns, trl_python
from rewardmodel.config import PretrainConfig
from rewardmodel.models import Policy, new_reward_model
from rewardmodel.pretrain import train_tokenizer


def stop_after(language_model: GPT2LMHeadModel, end_id: int, tokens: int) -> None:
    """Raise the end token's logit until its probability is about 1 / tokens.

    The output layer is the embedding and has no bias, but the last normalisation does: along the end
    token's embedding e, c e / |e|² adds c to its logit and next to nothing to those of others.
    """
    vocabulary, embedding = language_model.config.vocab_size, language_model.transformer.wte.weight
    raised = math.log(vocabulary / (tokens - 1))
    with torch.no_grad():
        end = embedding[end_id]
        language_model.transformer.ln_f.bias.copy_(raised * end / end.square().sum())


def prepare(folder: Path, vocabulary: int, until_stop: int, width: int, layers: int) -> None:
    """A random GPT-2 and a reward model of it; until_stop: mean tokens of a completion, 0 for no early stop."""
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
    if until_stop:
        stop_after(language_model, codec.end_id, until_stop)
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
    parser.add_argument(
        "--until-stop", default="0,16", help="mean tokens of a completion; 0: all C"
    )
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
        "vocabulary  until stop  ours episodes/s   TRL episodes/s   times TRL  counted   ours peak MB  "
        "TRL peak MB  share"
    )
    cases = (map(int, given.split(",")) for given in (arguments.vocabulary, arguments.until_stop))
    for vocabulary, until_stop in product(*cases):
        with tempfile.TemporaryDirectory(prefix="tiebreak-bench-") as name:
            folder = Path(name)
            prepare(folder, vocabulary, until_stop, arguments.width, arguments.layers)
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
                counts = [side.step(count=True)["multiplications"] for side in sides]
            finally:
                for side in sides:
                    side.stop()
        ours, trl = (arguments.batch / found[side]["seconds"] for side in ("ours", "trl"))
        memory = [found[side]["peak_mb"] for side in ("ours", "trl")]
        results.append(
            {
                "vocabulary": vocabulary,
                "until_stop": until_stop,
                "ratio": ours / trl,
                "counted": counts[1] / counts[0],
                **found,
            }
        )
        print(
            f"{vocabulary:10d} {until_stop or 'never':>11} {ours:16.1f} {trl:16.1f} {ours / trl:11.2f} "
            f"{counts[1] / counts[0]:8.2f} {memory[0]:14.0f} {memory[1]:12.0f} {memory[0] / memory[1]:6.2f}",
            flush=True,
        )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
