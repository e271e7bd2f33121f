"""TRL's last PPOTrainer (1.9.0, experimental). Runs in an environment of its own.

python trl_ppo.py DIR    DIR holds policy/, reward/ and job.json (written by ppo.py)
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
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        TrainerCallback,
    )
    from trl.experimental.ppo import PPOConfig, PPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(folder / "policy", padding_side="left")

    def policy():  # type: ignore[no-untyped-def]
        return AutoModelForCausalLM.from_pretrained(folder / "policy", dtype=torch.float32)

    def classifier():  # type: ignore[no-untyped-def]
        return AutoModelForSequenceClassification.from_pretrained(
            folder / "reward", dtype=torch.float32, num_labels=1
        )

    networks = {"model": policy(), "ref_model": policy()}
    networks |= {"reward_model": classifier(), "value_model": classifier()}
    loaded = peak_mb()

    class InTurns(TrainerCallback):
        """An iteration is a turn."""

        def on_train_begin(self, args, state, control, **kwargs):  # type: ignore[no-untyped-def]
            turns.ready(version=trl.__version__, loaded_mb=loaded)
            turns.wait()

        def on_step_end(self, args, state, control, **kwargs):  # type: ignore[no-untyped-def]
            turns.done()
            turns.wait()

    rows = [{"input_ids": ids} for ids in job["prompts"]]
    batch, micro = job["batch"], job["microbatch"]
    trainer = PPOTrainer(
        args=PPOConfig(
            output_dir=str(folder / "trl"),
            per_device_train_batch_size=micro,
            gradient_accumulation_steps=batch // micro,
            num_mini_batches=1,
            num_ppo_epochs=job["inner_epochs"],
            local_rollout_forward_batch_size=micro,
            total_episodes=10_000 * batch,
            response_length=job["completion_tokens"],
            stop_token="eos",
            temperature=1.0,
            kl_coef=0.05,
            learning_rate=1e-6,
            num_sample_generations=0,
            bf16=job["precision"] == "bf16",
            use_cpu=job["device"] == "cpu",
            gradient_checkpointing=False,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            disable_tqdm=True,
            seed=0,
        ),
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(rows),
        data_collator=DataCollatorWithPadding(tokenizer),
        callbacks=[InTurns()],
        **networks,
    )
    trainer.train()


if __name__ == "__main__":
    main()
