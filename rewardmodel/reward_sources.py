"""Where scores come from, as named in config.json: exactly one of four inputs.

`reward_model` and `reward_models` are folders; `reward_function` runs Python code and `reward_url`
sends prompts and completions away, so the former is refused under a supervisor, where a web form
may have chosen it, and the latter is allowed there only where the operator listed it.
"""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from rewardmodel.config import PolicyGradientConfig
from rewardmodel.errors import Refused
from rewardmodel.known_prompts import apart_from_known
from rewardmodel.models import Policy, RewardModel, load_reward_model
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer, Scorer
from rewardmodel.text import require_same_tokens
from rewardmodel.text_scorers import HttpScorer, TextScorer, load_function

SOURCES = ("reward_model", "reward_models", "reward_function", "reward_url")
ALLOWED_URLS = "TIEBREAK_SCORER_URLS"


@dataclass(frozen=True, slots=True)
class RewardSource:
    """The scorer, the prompts it may be used on, and the folders of its reward models."""

    scorer: Scorer
    prompts: list[EncodedPrompt]
    folders: list[Path]


def open_reward_source(
    run: Run,
    config: PolicyGradientConfig,
    policy: Policy,
    prompts: Sequence[EncodedPrompt],
    reward_models: Sequence[RewardModel],
) -> RewardSource:
    """What config.json names; `reward_models` as from `open_reward_models`. Raises Refused."""
    refuse_other_than_one(run)
    if folders := reward_folders(run):
        kept = apart_from_known(prompts, folders, config.overlapping_prompts, run.events)
        return RewardSource(reward_model_scorer(reward_models, config), kept, folders)
    if name := run.text_input("reward_function"):
        return RewardSource(
            TextScorer(load_function(name), f"function {name}", prompts, policy.codec),
            list(prompts),
            [],
        )
    url = run.text_input("reward_url") or ""
    ask = HttpScorer(url, config.scorer_timeout_seconds, config.scorer_retries)
    return RewardSource(TextScorer(ask, url, prompts, policy.codec), list(prompts), [])


def open_reward_models(run: Run, policy: Policy, device: torch.device) -> list[RewardModel]:
    """Those that config.json names; none where a function or a service scores. Raises Refused."""
    return load_reward_models(reward_folders(run), policy, device)


def reward_folders(run: Run) -> list[Path]:
    single = run.optional_input("reward_model")
    return [single] if single else run.input_list("reward_models")


def refuse_other_than_one(run: Run) -> None:
    """Exactly one source, and one that this start of the run may use. Before anything is loaded."""
    folders = run.input_list("reward_models")
    name, url = run.text_input("reward_function"), run.text_input("reward_url")
    given = [run.optional_input("reward_model"), folders, name, url]
    named = [source for source, value in zip(SOURCES, given, strict=True) if value]
    if len(named) != 1:
        found = " and ".join(named) if named else "none"
        raise Refused(
            "config_refused",
            f"inputs: the {run.stage} stage needs exactly one of {', '.join(SOURCES)}, "
            f"found {found}",
        )
    if name and run.supervised:
        raise Refused(
            "config_refused",
            "inputs.reward_function: refused under a supervisor: what a service starts must not "
            "choose code to run; start the run from a command line instead",
        )
    if url:
        refuse_address(url, supervised=run.supervised)


def refuse_address(url: str, *, supervised: bool) -> None:
    """Only http and https; under a supervisor only below an address the operator listed."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("config_refused", f"inputs.reward_url: {url!r} is no http or https address")
    if not supervised:
        return
    allowed = [prefix for prefix in os.environ.get(ALLOWED_URLS, "").split(",") if prefix.strip()]
    if not any(_is_below(url, prefix.strip()) for prefix in allowed):
        raise Refused(
            "config_refused",
            f"inputs.reward_url: {url!r} is not below an address in {ALLOWED_URLS}; under a "
            "supervisor only those may be asked, and none are by default",
        )


def _is_below(url: str, prefix: str) -> bool:
    """Same scheme, host and port, and a path at or below that of the prefix."""
    ours, theirs = urllib.parse.urlsplit(url), urllib.parse.urlsplit(prefix)
    if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
        return False
    if ".." in urllib.parse.unquote(ours.path).split("/"):
        return False
    base = theirs.path.rstrip("/")
    return ours.path == base or ours.path.startswith(base + "/")


def load_reward_models(
    folders: Sequence[Path], policy: Policy, device: torch.device
) -> list[RewardModel]:
    """Frozen, and of the policy's vocabulary. Raises Refused."""
    found = []
    for folder in folders:
        reward_model = load_reward_model(folder, device).requires_grad_(False)
        require_same_tokens(policy.codec, reward_model.codec)
        found.append(reward_model)
    return found


def reward_model_scorer(
    reward_models: Sequence[RewardModel], config: PolicyGradientConfig
) -> RewardModelScorer | EnsembleScorer:
    """One reward model, or several as an ensemble."""
    members = [RewardModelScorer(one, config.microbatch_tokens) for one in reward_models]
    if len(members) == 1:
        return members[0]
    return EnsembleScorer(members, config.ensemble_score, config.ensemble_caution)
