"""Answering a trial of the playground, in the worker process itself, with the policies that chats use.

Each policy draws its completions, then every token is looked at once more in one pass for what else could
have stood there, then the reward models score the texts. What is ready is told policy by policy. Between
two of these steps a cancelled or lost trial is noticed, and the work stops.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any
from uuid import UUID

import torch
from django.db import close_old_connections

from annotation.corpus.models import SamplingPlan
from annotation.corpus.texts import prompt_hash
from annotation.lib import presence
from annotation.registry.models import ModelVersion
from annotation.registry.store import ArtifactDamaged
from annotation.runs.models import Trial
from annotation.runs.services import trying
from annotation.runs.services.trying import TrialLease, TrialLost
from rewardmodel.config import DecodingConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.distribution import Candidate, Step, along
from rewardmodel.errors import Refused
from rewardmodel.models import Policy, RewardModel
from rewardmodel.rankings import Message, parse_prompt
from workers import drain
from workers.keeping import kept
from workers.policies import REWARD_SHELF, SHELF
from workers.served.playing import play_served
from workers.translate import plan_settings, storable

logger = logging.getLogger(__name__)
ALTERNATIVES = 6
MICROBATCH_TOKENS = 8192
Part = dict[str, Any]


def answer(trial_id: UUID) -> str:
    """Claim the trial and answer it; how it went, in a word."""
    if drain.wanted():
        return "stopping"
    owner = f"{presence.own_name()}:{os.getpid()}:{threading.get_native_id()}"
    lease = trying.claim_trial(trial_id, owner)
    if lease is None:
        return "not due"
    try:
        with kept(f"trial-{trial_id}", lambda: trying.renew_trial(lease)) as lost:
            _try(lease, lost)
    except TrialLost:
        logger.info("trial %s: cancelled, or lease %s lost", trial_id, lease.epoch)
        return "lost"
    return "ended"


def _try(lease: TrialLease, lost: threading.Event) -> None:
    def check() -> None:
        if lost.is_set() or not trying.renew_trial(lease):
            raise TrialLost

    try:
        parts = play(Trial.objects.get(id=lease.trial_id), lease, check, lost)
        trying.answer_trial(lease, parts)
    except TrialLost:
        raise
    except (Refused, ArtifactDamaged) as error:
        trying.fail_trial(lease, code="refused", message=str(error))
    except Exception as error:
        logger.error("trial %s: %s", lease.trial_id, traceback.format_exc())
        close_old_connections()
        trying.release_trial(lease, message=f"{type(error).__name__}: {error}")


def play(
    trial: Trial, lease: TrialLease, check: Callable[[], None], lost: threading.Event
) -> list[Part]:
    """Every part of the answer. Raises TrialLost, Refused or ArtifactDamaged."""
    wanted = [*trial.policies, *trial.rewards]
    versions = ModelVersion.objects.select_related("artifact").in_bulk(wanted)
    messages = parse_prompt(trial.messages)
    parts: list[Part] = []
    for key in trial.policies:
        check()
        if versions[key].is_served:
            parts.append(_served_part(versions[key], trial, lease, parts, lost, check))
        else:
            with SHELF.model(versions[key].artifact) as policy:
                parts.append(_part(policy, trial, messages, check) | {"policy": str(key)})
        trying.tell_parts(lease, parts)
    for key in trial.rewards:
        check()
        with REWARD_SHELF.model(versions[key].artifact) as reward_model:
            for part in parts:
                _score(reward_model, messages, part, str(key))
        trying.tell_parts(lease, parts)
    return parts


def _served_part(
    version: ModelVersion,
    trial: Trial,
    lease: TrialLease,
    before: list[Part],
    lost: threading.Event,
    check: Callable[[], None],
) -> Part:
    """The part of a policy that a server runs; those who watch are told as the texts grow."""

    def tell(part: Part) -> None:
        check()
        trying.tell_parts(lease, [*before, part])

    def halt() -> None:
        if lost.is_set():
            raise TrialLost

    wish = plan_settings(SamplingPlan(**trial.decoding))
    return play_served(version, trial, wish, halt=halt, tell=tell)


def _part(
    policy: Policy, trial: Trial, messages: tuple[Message, ...], check: Callable[[], None]
) -> Part:
    wish = plan_settings(SamplingPlan(**trial.decoding))
    seed = wish.pop("seed")
    plan = DecodingConfig(**wish)
    ids = policy.codec.encode_prompt(messages)
    room = policy.context_tokens
    if room is not None and len(ids) + plan.max_new_tokens > room:
        raise Refused(
            "too_long",
            f"the prompt has {len(ids)} tokens; with an answer of {plan.max_new_tokens} it does not "
            f"fit into the {room} of the policy",
        )
    began = time.monotonic()
    # the same prompt, seed and settings draw the same texts again
    [drawn] = decode(policy, [ids], plan, seed=seed, keys=[prompt_hash(trial.messages)])
    seconds = time.monotonic() - began
    completions = []
    for one in drawn:
        check()
        completions.append(_completion(policy, ids, one, plan))
    return {"seconds": seconds, "completions": completions}


def _completion(
    policy: Policy, ids: list[int], one: SampledCompletion, plan: DecodingConfig
) -> dict[str, Any]:
    steps = list(along(policy, ids, one.ids, plan, alternatives=ALTERNATIVES))
    return {
        "text": storable(policy.codec.decode_completion(ids, one.ids)),
        "tokens": len(one.ids),
        "finish_reason": one.finish_reason,
        "log_prob": sum(step.log_prob for step in steps),
        "scores": [],
        "steps": [_told(step) for step in steps],
    }


def _told(step: Step) -> dict[str, Any]:
    return {
        "chosen": _candidate(step.chosen),
        "rank": step.rank,
        "others": [_candidate(other) for other in step.others],
        "entropy_bits": round(step.entropy_bits, 4),
        "kept": step.kept,
        "cut": round(step.probability_cut, 6),
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "text": storable(one.text),
        "probability": round(one.probability, 6),
        "after": round(one.probability_after, 6),
        "fate": one.fate,
    }


def _score(reward_model: RewardModel, messages: tuple[Message, ...], part: Part, key: str) -> None:
    """Add this model's score to every completion of the part; null where it is too long for it."""
    prompt = reward_model.codec.encode_prompt(messages)
    rows = [
        [*prompt, *reward_model.codec.encode_completion(one["text"])] for one in part["completions"]
    ]
    room = reward_model.context_tokens
    fitting = [n for n, row in enumerate(rows) if room is None or len(row) <= room]
    with torch.no_grad():
        scores = reward_model.score_rows([rows[n] for n in fitting], MICROBATCH_TOKENS).tolist()
    found = dict(zip(fitting, scores, strict=True))
    for number, one in enumerate(part["completions"]):
        one["scores"].append({"reward": key, "score": found.get(number)})
