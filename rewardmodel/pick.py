"""The pick stage: samples and reward models in, what to have judged next out.

One pass over the candidates; nothing is worth a checkpoint. What is chosen and why is `picking`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewardmodel.chances import WinOdds
from rewardmodel.config import PickConfig
from rewardmodel.ensemble import RewardEnsemble, load_ensemble
from rewardmodel.errors import Refused
from rewardmodel.features import last_hidden, text_features
from rewardmodel.left_out import left_out, rows_not_whole, write_left_out
from rewardmodel.picking import RULES, Candidate, Pick, disagreement, pick
from rewardmodel.rankings import InvalidRow, parse_prompt, read_jsonl
from rewardmodel.rundir import Run
from rewardmodel.training import start_device

Array = NDArray[np.float64]
PICKS = "picks.jsonl"
ROWS_AT_ONCE = 64  # prompts scored before the next look at whether to stop
BINS = 12
SAMPLES = "samples dropped"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a candidates file: a prompt with different samples."""

    id: str
    completions: list[str]  # their ids
    texts: list[str]
    prompt_ids: list[int]
    completion_ids: list[list[int]]


def read_candidates(
    path: Path, ensemble: RewardEnsemble, part: str
) -> tuple[list[Row], list[dict[str, Any]]]:
    """Rows with at least two samples that fit the networks; what is left out.

    Equal texts of a prompt are one, the first stands for them. Raises Refused naming the line.
    """
    found: list[Row] = []
    unused: list[dict[str, Any]] = []
    for number, line in read_jsonl(path):
        try:
            prompt = parse_prompt(line.get("prompt"))
            samples = line.get("completions")
            if not isinstance(line.get("id"), str) or not isinstance(samples, list):
                raise InvalidRow("needs an id and a list of completions")
            texts: dict[str, str] = {}
            for one in samples:
                texts.setdefault(str(one["text"]).strip(), str(one["id"]))
        except (InvalidRow, KeyError, TypeError) as error:
            raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error
        ids = ensemble.codec.encode_prompt(prompt, f"row {line['id']!r}")
        encoded = [
            (key, text, ensemble.codec.encode_completion(text)) for text, key in texts.items()
        ]
        limit = ensemble.context_tokens
        fits = [one for one in encoded if limit is None or len(ids) + len(one[2]) <= limit]
        unused += [
            left_out(
                part,
                line["id"],
                SAMPLES,
                _too_long(ids, tokens, limit),
                in_part=True,
                completion=key,
            )
            for key, _, tokens in encoded
            if limit is not None and len(ids) + len(tokens) > limit
        ]
        if len(fits) >= 2:
            keys, words, rows = (list(column) for column in zip(*fits, strict=True))
            found.append(Row(line["id"], keys, words, ids, rows))
        else:
            why = f"{len(fits)} different samples that fit, 2 make a choice"
            unused.append(left_out(part, line["id"], "prompts dropped", why))
    return found, unused


def _too_long(prompt: list[int], sample: list[int], limit: int) -> str:
    return f"{len(prompt) + len(sample)} tokens, {limit} fit"


def as_candidates(
    run: Run, config: PickConfig, ensemble: RewardEnsemble, rows: Sequence[Row], phase: str
) -> list[Candidate]:
    """Scores, the log-odds that they stand for and features; leaves between batches if asked to stop."""
    odds = [WinOdds.of(member) for member in ensemble.members]
    found: list[Candidate] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        if run.stop_requested:
            raise run.interrupt(0)
        chunk = rows[start : start + ROWS_AT_ONCE]
        tokens = [row.prompt_ids + ids for row in chunk for ids in row.completion_ids]
        scores = ensemble.score_rows(tokens, config.microbatch_tokens).double().numpy()
        table = _features(config, ensemble, tokens, [text for row in chunk for text in row.texts])
        place = 0
        for row in chunk:
            own = slice(place, place + len(row.texts))
            found.append(_candidate(row.id, scores[:, own], odds, table[own]))
            place += len(row.texts)
        run.progress(phase, len(found), len(rows))
    return found


def _candidate(name: str, scores: Array, odds: Sequence[WinOdds], features: Array) -> Candidate:
    """From (M, N) normalized scores: a model that knows ties is surer of a strict pair than they look."""
    log_odds = [one.log_odds([row])[0] for one, row in zip(odds, scores.tolist(), strict=True)]
    scaled = scores * np.array([[one.scale] for one in odds])
    return Candidate(name, scaled, np.stack(log_odds), features)


def _features(
    config: PickConfig, ensemble: RewardEnsemble, tokens: list[list[int]], texts: list[str]
) -> Array:
    """(N, D); layer and words weigh alike: each row of either has length 1 at most."""
    parts = []
    if config.features != "words":
        parts.append(last_hidden(ensemble.members[0], tokens, config.microbatch_tokens))
    if config.features != "hidden":
        parts.append(text_features(texts))
    lengths = [np.linalg.norm(part, axis=1, keepdims=True) for part in parts]
    return np.concatenate(
        [part / np.maximum(length, 1e-12) for part, length in zip(parts, lengths, strict=True)],
        axis=1,
    )


def run_pick(run: Run, config: PickConfig) -> dict[str, Any]:
    """The pick stage."""
    run.refuse_unknown_inputs(("reward_model", "reward_models", "candidates", "judged"))
    single = run.optional_input("reward_model")
    folders = [*([single] if single else []), *run.input_list("reward_models")]
    if not folders:
        raise Refused("config_refused", "inputs.reward_model: the pick stage needs at least one")
    if config.disagreement_share and len(folders) < 2:
        raise Refused(
            "config_refused",
            "disagreement_share: one reward model disagrees with nobody; name a second one or set "
            "it to 0",
        )
    ensemble = load_ensemble(folders, start_device(config))
    rows, unused = read_candidates(run.input("candidates"), ensemble, "candidates")
    counts = rows_not_whole(unused)
    judged_path = run.optional_input("judged")
    judged, others = read_candidates(judged_path, ensemble, "judged") if judged_path else ([], [])
    unused += others
    write_left_out(run.directory, unused)
    if too_long := sum(one["what"] == SAMPLES for one in unused):
        run.events.warning("data_left_out", f"{too_long} samples are longer than the network reads")
    if alone := len(unused) - too_long:
        run.events.warning("data_left_out", f"{alone} prompts have no two different samples left")
    if not rows:
        raise Refused(
            "data_refused",
            "no prompt has two different samples that fit the network to choose from: sample first, "
            "several of each prompt, or switch off what leaves prompts out (only_new)",
        )
    run.started(None)
    candidates = as_candidates(run, config, ensemble, rows, "score")
    known = as_candidates(run, config, ensemble, judged, "score judged")
    made = pick(
        candidates,
        count=config.prompts,
        k=config.completions,
        shares=config.shares,
        seed=config.seed,
        judged=known,
    )
    by_id = {row.id: row for row in rows}
    with (run.directory / PICKS).open("w", encoding="utf-8") as file:
        for one in made:
            row = by_id[one.id]
            line = {
                "prompt_id": one.id,
                "completion_ids": [row.completions[n] for n in one.samples],
                "rule": one.rule,
                "gain": one.gain,
                "uncertainty": one.uncertainty,
            }
            file.write(json.dumps(line) + "\n")
    return summary(candidates, made, len(known), len(folders)) | counts


def summary(
    candidates: Sequence[Candidate], made: Sequence[Pick], judged: int, models: int
) -> dict[str, Any]:
    """How many by which rule, and how uncertain what was chosen is beside all there was.

    Uncertainty is the mean over pairs of `picking.disagreement`, in nats: by rule over what is shown, in
    the histogram over all samples of a prompt, chosen or not, so that what was chosen is a part of what
    there was. It is 0 where there is a single reward model.
    """
    everything = {one.id: _mean_uncertainty(one) for one in candidates}
    highest = max([*everything.values(), 1e-9])
    edges = np.linspace(0, highest, BINS + 1)

    def counts(values: Sequence[float]) -> list[int]:
        return [int(n) for n in np.histogram(values, bins=edges)[0]]

    by_rule: Mapping[str, list[Pick]] = {
        rule: [one for one in made if one.rule == rule] for rule in RULES
    }
    return {
        "candidates": len(candidates),
        "samples": sum(one.features.shape[0] for one in candidates),
        "judged": judged,
        "reward_models": models,
        "picked": len(made),
        "by_rule": {
            rule: {
                "picked": len(found),
                "uncertainty_mean": sum(one.uncertainty for one in found) / max(1, len(found)),
            }
            for rule, found in by_rule.items()
        },
        "uncertainty": {
            "edges": edges.tolist(),
            "candidates": counts([*everything.values()]),
            "picked": counts([everything[one.id] for one in made]),
        },
    }


def _mean_uncertainty(one: Candidate) -> float:
    told = disagreement(one.log_odds)
    size = len(told)
    return float(told.sum() / (size * (size - 1)))
