"""What each stage takes and gives, in words: behind `--help`, `explain` and `new`. No torch here."""

from __future__ import annotations

from dataclasses import dataclass

from rewardmodel.config import STAGES


@dataclass(frozen=True, slots=True)
class Input:
    """One entry of `inputs` in config.json."""

    name: str
    meaning: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Guide:
    """One stage for a person who meets it for the first time."""

    purpose: str
    inputs: tuple[Input, ...]
    gives: tuple[str, ...]
    one_of: tuple[Input, ...] = ()  # exactly one of these is needed too
    example: tuple[str, ...] = ()  # inputs of an example where none is needed always

    def known(self) -> tuple[str, ...]:
        """Names of all inputs."""
        return tuple(one.name for one in (*self.inputs, *self.one_of))


POLICY = Input("policy", "folder of a causal language model with its tokenizer")
SNAPSHOT = "folder with manifest.json, rankings.jsonl and demonstrations.jsonl"
PROMPTS = 'JSONL file of {"id", "prompt", "reference"?}'
REWARD_MODEL = "folder of a reward model (the model/ of a reward run)"
MODEL = "model/             the trained policy, an ordinary Hugging Face folder"
REPORT = "report.json        figures of the stage"
LEFT_OUT = "left_out.jsonl     what was not used, or not used whole, and why"
DRAWN_WITH = "drawn_with.json    settings and digests of inputs behind the completions"

AGAINST_REWARD = (
    POLICY,
    Input("prompts", PROMPTS),
    Input("reference", "the policy to stay close to; the given one if absent", False),
    Input("pretraining", "texts file or snapshot mixed into the updates (PPO-ptx)", False),
)
SOURCES = (
    Input("reward_model", REWARD_MODEL),
    Input("reward_models", "several such folders: an ensemble"),
    Input("reward_function", "Python function, module:name, of prompts and completions"),
    Input("reward_url", "address of a service that scores prompts and completions"),
)

WITHOUT_CHECKPOINTS = ("sample", "evaluate", "best_of_n", "pick")
GUIDES: dict[str, Guide] = {
    "pretrain": Guide(
        "Learn a tokenizer and a tiny policy from texts, where no pretrained one is at hand.",
        (Input("texts", 'JSONL file of {"text"} or {"messages"}'),),
        (MODEL, REPORT),
    ),
    "sft": Guide(
        "Fine-tune a policy on demonstrations: next-token loss on what the assistant says.",
        (POLICY, Input("snapshot", f"{SNAPSHOT}; its demonstrations are used")),
        (MODEL, LEFT_OUT, REPORT + ": training and validation loss, perplexity"),
    ),
    "reward": Guide(
        "Train a reward model on whole rankings (InstructGPT's group loss).",
        (
            Input("policy", "folder of the language model whose weights the reward model takes"),
            Input("snapshot", f"{SNAPSHOT}; its rankings are used"),
        ),
        (
            "model/             AutoModelForSequenceClassification with one label",
            LEFT_OUT,
            REPORT + ": accuracy on held-out pairs with interval, length baseline, calibration",
        ),
    ),
    "ppo": Guide(
        "Train a policy against a reward model, with a value function and a KL penalty.",
        AGAINST_REWARD,
        (MODEL, LEFT_OUT, REPORT + ": scores before and after on prompts kept out, KL"),
        SOURCES,
    ),
    "rloo": Guide(
        "Train a policy against a reward model without a value function: each completion is "
        "compared with the others of its prompt (REINFORCE leave-one-out).",
        AGAINST_REWARD,
        (MODEL, LEFT_OUT, REPORT + ": scores before and after on prompts kept out, KL"),
        SOURCES,
    ),
    "grpo": Guide(
        "Train a policy against a reward model without a value function: advantages are scores "
        "normalised within the completions of a prompt (group-relative policy optimisation).",
        AGAINST_REWARD,
        (MODEL, LEFT_OUT, REPORT + ": scores before and after on prompts kept out, KL"),
        SOURCES,
    ),
    "dpo": Guide(
        "Train a policy straight from rankings, without a reward model.",
        (
            POLICY,
            Input("snapshot", f"{SNAPSHOT}; its rankings are used"),
            Input("reference", "the policy to stay close to; the given one if absent", False),
        ),
        (
            MODEL,
            "reference.safetensors  what the reference said, asked once",
            LEFT_OUT,
            REPORT + ": accuracy of implicit rewards before and after, KL to the reference",
        ),
    ),
    "sample": Guide(
        "Draw completions of prompts from a policy, for people to rank.",
        (POLICY, Input("prompts", PROMPTS)),
        (
            "completions.jsonl  one line a completion: prompt_id, sample_index, text, "
            "finish_reason, token_count",
            DRAWN_WITH,
            LEFT_OUT,
            REPORT,
        ),
    ),
    "best_of_n": Guide(
        "Draw n completions a prompt, score them, keep the best as demonstrations for sft.",
        (POLICY, Input("reward_model", REWARD_MODEL), Input("prompts", PROMPTS)),
        (
            "completions.jsonl  as in sample, with score and rank",
            DRAWN_WITH,
            LEFT_OUT,
            "chosen/            a snapshot: the best completions as demonstrations.jsonl",
            REPORT + ": expected best score of 1 to n with intervals and KL bounds",
        ),
    ),
    "evaluate": Guide(
        "Measure a reward model on rankings, or a policy on prompts or demonstrations.",
        (
            Input("reward_model", REWARD_MODEL, False),
            Input("reward_models", "several such folders, judged by their mean score", False),
            Input("baseline_reward_model", "another one, to compare with", False),
            Input("snapshot", SNAPSHOT, False),
            Input("policy", POLICY.meaning, False),
            Input("prompts", PROMPTS, False),
            Input("baseline_policy", "another policy, to compare with", False),
        ),
        (
            "completions.jsonl  what the policy wrote",
            "report.html        figures of a reward model with plots",
            "left_out.jsonl     rankings, demonstrations and prompts not used, or not whole, and why",
            REPORT,
        ),
        example=("reward_model", "snapshot"),
    ),
    "pick": Guide(
        "Choose what people should judge next: prompts, and some of the samples drawn of each.",
        (
            Input("reward_model", REWARD_MODEL, False),
            Input("reward_models", "further ones: an ensemble, whose disputes are seen", False),
            Input("candidates", 'JSONL file of {"id", "prompt", "completions": [{"id", "text"}]}'),
            Input("judged", "the same, of what was judged already: it is not asked again", False),
        ),
        (
            "picks.jsonl        prompt_id, completion_ids, rule, gain, uncertainty of each choice",
            LEFT_OUT,
            REPORT + ": how many by which rule, and how uncertain",
        ),
        example=("reward_model",),
    ),
}


def guide_of(stage: str) -> Guide:
    """The guide of a stage."""
    return GUIDES[stage]


def example_directory(stage: str) -> str:
    """A run directory before and after, as it looks on disk."""
    gives = [f"  {line}" for line in guide_of(stage).gives]
    kept = ["  checkpoints/       the newest three; starting again goes on from there"]
    if stage in WITHOUT_CHECKPOINTS:
        kept = []
    return "\n".join(
        [
            "runs/example/",
            "  config.json        stage, inputs and settings (written by `new`)",
            "  events.jsonl       progress, figures, warnings, one JSON object a line",
            *kept,
            *gives,
            "  MANIFEST.json      written last: its presence means the run is complete",
        ]
    )


def help_text(stage: str) -> str:
    """The help of a stage's command; paragraphs after a \\b keep their lines."""
    guide = guide_of(stage)
    listed = "\n".join(
        f"  {one.name:<16} {one.meaning}{'' if one.needed else ' (optional)'}"
        for one in guide.inputs
    )
    if guide.one_of:
        listed += "\n  and exactly one of:\n" + "\n".join(
            f"  {one.name:<16} {one.meaning}" for one in guide.one_of
        )
    flags = " ".join(f"--{name.replace('_', '-')} PATH" for name in example_inputs(stage))
    return "\n\n".join(
        [
            guide.purpose,
            f"\b\nWhat goes in (inputs of config.json):\n{listed}",
            f"\b\nWhat comes out:\n{example_directory(stage)}",
            f"\b\nFrom nothing to a run:\n  python -m rewardmodel new {stage} --run runs/example "
            f"{flags}\n  python -m rewardmodel {stage} --run runs/example",
            f"{_after_ctrl_c(stage)} All settings: python -m rewardmodel explain {stage}",
        ]
    )


def example_inputs(stage: str) -> list[str]:
    """Inputs with which a stage can be tried."""
    guide = guide_of(stage)
    needed = [one.name for one in guide.inputs if one.needed]
    return [*needed, *(one.name for one in guide.one_of[:1]), *guide.example]


def _after_ctrl_c(stage: str) -> str:
    if stage in ("sample", "best_of_n"):
        return "Ctrl-C stops it; the same command goes on in completions.jsonl."
    if stage in WITHOUT_CHECKPOINTS:
        return "Ctrl-C stops it; the same command starts again."
    return "Ctrl-C leaves a checkpoint; the same command goes on from it."


def stages() -> tuple[str, ...]:
    """Names of all stages, in the order in which a project meets them."""
    first = [name for name in GUIDES if name in STAGES]
    return (*first, *(name for name in STAGES if name not in first))
