"""`python -m rewardmodel check-model DIR`: whether a directory from elsewhere can be used, by using it.

Config and tokenizer are loaded, and the weights where they are not too large for a look; then one small
pass must give finite numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rewardmodel.errors import Refused

if TYPE_CHECKING:
    from rewardmodel.models import Policy

LARGEST_LOADED = 8 << 30  # bytes of weights; fp32 in memory may be twice that


def check_model(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    kind: Annotated[
        Literal["policy", "reward"], typer.Option(help="What it is to be used as.")
    ] = "policy",
) -> None:
    """Load a model directory and say what is wrong with it; exit 78 where it is refused."""
    from rewardmodel.commands import refusals

    with refusals():
        look(directory, kind)
    typer.echo("The model can be used.")


def look(directory: Path, kind: Literal["policy", "reward"]) -> None:
    """Raise Refused where the directory cannot be used as that kind of model."""
    import torch
    from transformers import AutoConfig

    from rewardmodel.models import Policy, check_model_directory, load_policy, load_reward_model
    from rewardmodel.rankings import Message
    from rewardmodel.text import load_codec

    check_model_directory(directory)
    try:
        config = AutoConfig.from_pretrained(
            str(directory), local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # a config may break in any way
        raise Refused("model_refused", f"config.json cannot be loaded: {error}") from error
    codec = load_codec(directory)
    codec.encode_prompt([Message("user", "?")])  # the chat template, if there is one, must work
    if sum(path.stat().st_size for path in directory.glob("*.safetensors")) > LARGEST_LOADED:
        return
    device = torch.device("cpu")
    model = (
        load_policy(directory, device) if kind == "policy" else load_reward_model(directory, device)
    )
    with torch.no_grad(), _naming(config.model_type):
        found = model.smallest_pass()
    if not bool(torch.isfinite(found)):
        raise Refused("model_refused", "one small pass through the weights gives no finite number")
    if isinstance(model, Policy):
        with _naming(config.model_type):
            _draw_a_little(model)


@contextmanager
def _naming(architecture: str) -> Iterator[None]:
    """Families that remember in ways of their own, or want a library that is not here, fail when they are used."""
    try:
        yield
    except Exception as error:
        words = f"{type(error).__name__}: {error}"
        raise Refused(
            "model_refused", f"models of the type {architecture!r} cannot be used here: {words}"
        ) from error


def _draw_a_little(policy: Policy) -> None:
    """Two completions of two prompts."""
    from rewardmodel.config import DecodingConfig
    from rewardmodel.decoding import decode

    end = policy.codec.end_id
    plan = DecodingConfig(samples_per_prompt=2, max_new_tokens=2)
    decode(policy, [[end], [end, end]], plan, seed=0, keys=["short", "long"])
