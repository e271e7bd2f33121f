"""TRL's RewardTrainer on the pairs of the rankings. Runs in an environment of its own.

python trl_reward.py DIR    DIR holds model/ and job.json (written by reward.py)
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from turns import Turns, peak_mb


def main() -> None:
    turns = Turns()
    folder = Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text())
    import torch

    torch.set_num_threads(job["threads"])
    import trl
    from datasets import Dataset
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        TrainerCallback,
    )
    from trl import RewardConfig, RewardTrainer

    network = AutoModelForSequenceClassification.from_pretrained(
        folder / "model", dtype=torch.float32
    )
    loaded = peak_mb()
    first = job["rankings"][0]
    with torch.no_grad():
        scores = [
            network(input_ids=torch.tensor([first["prompt"] + ids])).logits.item()
            for ids in first["completions"]
        ]
    rows = []
    for ranking in job["rankings"]:
        texts = ranking["completions"]
        rows += [
            {
                "chosen_ids": ranking["prompt"] + texts[better],
                "rejected_ids": ranking["prompt"] + texts[worse],
            }
            for better in range(len(texts))
            for worse in range(better + 1, len(texts))
        ]
    longest = max(len(row["chosen_ids"]) for row in rows)
    pairs = min(len(rows), max(1, job["microbatch_tokens"] // (2 * longest)))
    while len(rows) % pairs:  # a step is exactly one pass over the rankings
        pairs -= 1

    last: dict[str, float] = {}

    class InTurns(TrainerCallback):
        """Waits before a step, answers after it; the loss it tells is that of the step before."""

        def on_train_begin(self, args, state, control, **kwargs):  # type: ignore[no-untyped-def]
            turns.ready(
                version=trl.__version__, pairs_per_forward=pairs, loaded_mb=loaded, scores=scores
            )

        def on_step_begin(self, args, state, control, **kwargs):  # type: ignore[no-untyped-def]
            turns.wait()

        def on_step_end(self, args, state, control, **kwargs):  # type: ignore[no-untyped-def]
            turns.done(**last)

        def on_log(self, args, state, control, logs=None, **kwargs):  # type: ignore[no-untyped-def]
            if logs and "loss" in logs:
                last["loss_before"] = logs["loss"]

    trainer = RewardTrainer(
        model=network,
        args=RewardConfig(
            output_dir=str(folder / "trl"),
            per_device_train_batch_size=pairs,
            gradient_accumulation_steps=len(rows) // pairs,
            max_steps=10_000,
            learning_rate=job["learning_rate"],
            lr_scheduler_type="constant",
            adam_beta2=0.95,
            adam_epsilon=1e-5,
            max_grad_norm=1.0,
            max_length=None,
            bf16=job["precision"] == "bf16",
            use_cpu=job["device"] == "cpu",
            gradient_checkpointing=False,
            disable_dropout=True,
            save_strategy="no",
            logging_steps=1,
            logging_nan_inf_filter=False,
            report_to="none",
            disable_tqdm=True,
            seed=0,
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(folder / "model"),
        callbacks=[InTurns()],
    )
    trainer.train()


if __name__ == "__main__":
    main()
