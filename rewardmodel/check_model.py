"""`python -m rewardmodel check-model DIR`: whether a directory from elsewhere can be used, by using it.

Config and tokenizer are loaded, and the weights where they are not too large for a look; then one small
pass must give finite numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from rewardmodel.errors import Refused

LARGEST_LOADED = 8 << 30  # bytes of weights; fp32 in memory may be twice that


def check_model(
    directory: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    kind: Annotated[str, typer.Option(help="policy or reward.")] = "policy",
) -> None:
    """Load a model directory and say what is wrong with it; exit 78 where it is refused."""
    from rewardmodel.commands import refusals

    with refusals():
        look(directory, "reward" if kind == "reward" else "policy")
    typer.echo("The model can be used.")


def look(directory: Path, kind: Literal["policy", "reward"]) -> None:
    """Raise Refused where the directory cannot be used as that kind of model."""
    import torch
    from transformers import AutoConfig

    from rewardmodel.models import check_model_directory, load_policy, load_reward_model
    from rewardmodel.rankings import Message
    from rewardmodel.text import load_codec

    check_model_directory(directory)
    try:
        AutoConfig.from_pretrained(str(directory), local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a config may break in any way
        raise Refused("model_refused", f"config.json cannot be loaded: {error}") from error
    codec = load_codec(directory)
    codec.encode_prompt([Message("user", "?")])  # the chat template, if there is one, must work
    if sum(path.stat().st_size for path in directory.glob("*.safetensors")) > LARGEST_LOADED:
        return
    load = load_policy if kind == "policy" else load_reward_model
    with torch.no_grad():
        found = load(directory, torch.device("cpu")).smallest_pass()
    if not bool(torch.isfinite(found)):
        raise Refused("model_refused", "one small pass through the weights gives no finite number")
