"""The commands beside the stages: explain, new and tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding

from rewardmodel.config import STAGES, DecodingConfig
from rewardmodel.configfile import parse
from rewardmodel.errors import EXIT_REFUSED, Refused, RunError
from rewardmodel.guide import help_text, stages
from rewardmodel.prepare import setting_lines, write_config

if TYPE_CHECKING:
    from rewardmodel.text import TextCodec

StageArgument = Annotated[str, typer.Argument(help="Name of a stage.")]
NewRunOption = Annotated[
    Path, typer.Option("--run", help="Run directory to make.", file_okay=False)
]
PathOption = Annotated[Path | None, typer.Option(help="Input of the run.")]
errors = Console(stderr=True)


@contextmanager
def refusals() -> Iterator[None]:
    """What is refused leaves in words and with its exit code."""
    try:
        yield
    except RunError as error:
        errors.print(error.message, style="red", markup=False, highlight=False)
        raise SystemExit(error.exit_code) from error
    except OSError as error:  # a full disk, a folder that may not be written
        errors.print(f"a file cannot be read or written: {error}", style="red", markup=False)
        raise SystemExit(1) from error


def _check_stage(stage: str) -> None:
    if stage not in STAGES:
        errors.print(f"{stage!r} is not a stage (known: {', '.join(stages())})", markup=False)
        raise SystemExit(EXIT_REFUSED)


def explain(
    stage: StageArgument,
    setting: Annotated[str | None, typer.Argument(help="Only this setting.")] = None,
) -> None:
    """Print every setting of a stage: meaning, unit, range, default, and why that default."""
    _check_stage(stage)
    console = Console(highlight=False, markup=False)
    with refusals():
        if setting is None:
            console.print(help_text(stage).replace("\b\n", ""))
            console.print()
        for title, allowed, meaning, why in setting_lines(stage, setting):
            console.print(title, style="bold", end="")
            console.print(f"   ({allowed})", style="dim")
            console.print(Padding(f"{meaning}\nDefault: {why}.", (0, 0, 1, 4)))


def new(
    stage: StageArgument,
    run: NewRunOption,
    policy: PathOption = None,
    reward_model: PathOption = None,
    reward_models: Annotated[
        list[Path] | None, typer.Option(help="One of several reward models; give it many times.")
    ] = None,
    reward_function: Annotated[str | None, typer.Option(help="Python: module:name.")] = None,
    reward_url: Annotated[str | None, typer.Option(help="Address of a scoring service.")] = None,
    snapshot: PathOption = None,
    prompts: PathOption = None,
    texts: PathOption = None,
    reference: PathOption = None,
    pretraining: PathOption = None,
    baseline_policy: PathOption = None,
    baseline_reward_model: PathOption = None,
    candidates: PathOption = None,
    judged: PathOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting as name=value; may be given many times."),
    ] = None,
) -> None:
    """Write the config.json of a new run, and say what to do next."""
    _check_stage(stage)
    given: dict[str, Path | str | list[Path] | None] = {
        "policy": policy,
        "reward_model": reward_model,
        "reward_models": reward_models or None,
        "reward_function": reward_function,
        "reward_url": reward_url,
        "snapshot": snapshot,
        "prompts": prompts,
        "texts": texts,
        "reference": reference,
        "pretraining": pretraining,
        "baseline_policy": baseline_policy,
        "baseline_reward_model": baseline_reward_model,
        "candidates": candidates,
        "judged": judged,
    }
    with refusals():
        inputs = {name: value for name, value in given.items() if value is not None}
        path = write_config(stage, run, inputs, settings or [])
    print(f"wrote {path}; start it with: python -m rewardmodel {stage} --run {run}")


def tokens(
    model: Annotated[Path, typer.Option(help="Folder of a policy.", exists=True)],
    prompt: Annotated[str, typer.Option(help="What the policy reads.")] = "",
    completion: Annotated[
        str | None, typer.Option(help="Look along this text instead of drawing one.")
    ] = None,
    strategy: Annotated[str, typer.Option(help="sample or greedy.")] = "sample",
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    no_repeat_ngram: int = 0,
    repetition_penalty: float = 1.0,
    max_new_tokens: int = 16,
    seed: int = 0,
    alternatives: Annotated[int, typer.Option(help="Other tokens to show.", min=0, max=100)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show the distribution over the next token at every step, and what top-k and top-p cut."""
    plan = {
        "strategy": strategy,
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "no_repeat_ngram": no_repeat_ngram,
        "repetition_penalty": repetition_penalty,
        "max_new_tokens": max_new_tokens,
        "samples_per_prompt": 1,
        "seed": seed,
    }
    with refusals():
        _show_tokens(model, prompt, completion, plan, alternatives, as_json)


def _ids(codec: TextCodec, completion: str | None) -> list[int] | None:
    return None if completion is None else codec.encode_completion(completion, with_end=False)


def _show_tokens(
    model: Path,
    prompt: str,
    completion: str | None,
    settings: dict[str, Any],
    alternatives: int,
    as_json: bool,
) -> None:
    plan = parse("sample", settings)
    assert isinstance(plan, DecodingConfig)
    import torch

    from rewardmodel.distribution import summary, walk
    from rewardmodel.distribution_view import lines
    from rewardmodel.groups import prompt_key
    from rewardmodel.models import load_policy
    from rewardmodel.rankings import Message
    from rewardmodel.sample import longest_prompt

    policy = load_policy(model, torch.device("cpu"))
    messages = [Message("user", prompt)]
    asked, given = policy.codec.encode_prompt(messages), _ids(policy.codec, completion)
    count = plan.max_new_tokens if given is None else len(given)
    fits = longest_prompt([policy], len(asked), count)
    if len(asked) > fits:
        raise Refused(
            "config_refused",
            f"--prompt: {len(asked)} tokens, of which {fits} fit before {count} others in what the "
            f"network reads, {policy.context_tokens}",
        )
    steps = []
    console = Console(highlight=False, markup=False)
    for step in walk(
        policy,
        asked,
        plan,
        seed=settings["seed"],
        key=prompt_key(messages),
        given=given,
        alternatives=alternatives,
    ):
        steps.append(step)
        if not as_json:
            for line in lines(step):
                console.print(line, soft_wrap=True)
    figures = summary(steps)
    if as_json:
        document = {"prompt": prompt, "steps": [step.to_json() for step in steps], **figures}
        print(json.dumps(document, ensure_ascii=False, indent=1))
        return
    console.print(
        f"{len(steps)} tokens, log-probability {figures['log_prob']:.2f} nats, "
        f"perplexity {figures['perplexity']:.2f}"
    )
