"""The evaluate stage: figures of a reward model on rankings, of a policy on prompts, or both.

With one reward model or several and a snapshot: agreement with the rankings, beside baselines.
With a policy and prompts: completions drawn under the plan, their mean score (with a reward
model), BLEU and ROUGE where prompts bring references, and, with a baseline policy on the same
prompts and random numbers, the difference and the win rate. With a policy and a snapshot:
perplexity of the demonstrations. Nothing here trains, and every interval resamples prompts.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from rewardmodel.config import EvaluateConfig
from rewardmodel.decoding import SampledCompletion, decode
from rewardmodel.ensemble import RewardEnsemble, load_ensemble
from rewardmodel.errors import Refused
from rewardmodel.evaluate_reward import judge_reward_models
from rewardmodel.groups import LengthRule, demonstration_rows, prompt_key
from rewardmodel.known_prompts import count_trained_on, prompts_trained_on
from rewardmodel.left_out import write_left_out
from rewardmodel.metrics import INTERVAL, SHARE, clustered_ratio
from rewardmodel.models import Policy, load_policy, load_reward_model
from rewardmodel.rankings import Snapshot, read_snapshot
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, encode_prompts, read_prompts, refuse_no_room
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer
from rewardmodel.sft import mean_loss
from rewardmodel.text import require_same_tokens
from rewardmodel.training import start_device

MICROBATCH_TOKENS = 16_384
# Scripts without spaces between words. The second: Thai, Lao, Burmese and Khmer, whose letters carry marks.
HAN_OR_KANA = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
UNSPACED_LETTERS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f]"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A policy's completions of the evaluation prompts."""

    prompts: list[str]  # the text of each: equal ones are one prompt
    completions: list[list[SampledCompletion]]  # by prompt
    texts: list[list[str]]
    scores: list[list[float]] | None


def run_evaluate(run: Run, config: EvaluateConfig) -> dict[str, Any]:
    """The evaluate stage."""
    known = (
        "reward_model",
        "baseline_reward_model",
        "snapshot",
        "policy",
        "prompts",
        "baseline_policy",
    )
    run.refuse_unknown_inputs((*known, "reward_models"))
    paths = {name: run.optional_input(name) for name in known}
    judges = run.input_list("reward_models")
    if paths["reward_model"]:
        if judges:
            raise Refused("config_refused", "inputs: give reward_model or reward_models, not both")
        judges = [paths["reward_model"]]
    _require_something(paths, judges)
    if paths["policy"] and paths["prompts"]:
        baselines = [paths["baseline_policy"]] if paths["baseline_policy"] else []
        refuse_no_room([paths["policy"], *baselines, *judges], config.max_new_tokens)
    device = start_device(config)
    run.started(None)
    snapshot = read_snapshot(paths["snapshot"]) if paths["snapshot"] else None
    if snapshot and not (judges or paths["prompts"] or snapshot.demonstrations):
        raise Refused(
            "data_refused",
            "inputs.snapshot: there are no demonstrations in it, and a policy without prompts is "
            "measured on those",
        )
    ensemble = load_ensemble(judges, device) if judges else None
    policy = load_policy(paths["policy"], device) if paths["policy"] else None
    report: dict[str, Any] = {}
    write_left_out(run.directory, [])
    learnt = prompts_trained_on(judges, run.events)
    if ensemble and snapshot:
        other = paths["baseline_reward_model"]
        baseline = load_reward_model(other, device) if other else None
        report["reward_model"] = judge_reward_models(
            run, config, ensemble, baseline, snapshot, learnt
        )
    if policy and snapshot and snapshot.demonstrations:
        report["demonstrations"] = _perplexity(run, config, policy, snapshot)
    if policy and paths["prompts"]:
        report["policy"] = _judge_policy(run, config, policy, ensemble, paths, learnt)
    return report


def _require_something(paths: dict[str, Path | None], judges: list[Path]) -> None:
    possible = (
        (judges and paths["snapshot"])
        or (paths["policy"] and paths["prompts"])
        or (paths["policy"] and paths["snapshot"])
    )
    if not possible:
        raise Refused(
            "config_refused",
            "inputs: evaluation needs a reward_model and a snapshot, or a policy and prompts, "
            "or a policy and a snapshot",
        )
    if paths["prompts"] and not paths["policy"]:
        raise Refused("config_refused", "inputs.prompts: needs a policy too")
    if paths["baseline_policy"] and not (paths["policy"] and paths["prompts"]):
        raise Refused("config_refused", "inputs.baseline_policy: needs a policy and prompts too")
    if paths["baseline_reward_model"] and not (judges and paths["snapshot"]):
        raise Refused(
            "config_refused",
            "inputs.baseline_reward_model: needs a reward model and a snapshot too",
        )


def _perplexity(
    run: Run, config: EvaluateConfig, policy: Policy, snapshot: Snapshot
) -> dict[str, Any]:
    rule = LengthRule(config, policy.codec, policy.context_tokens, "demonstrations")
    chosen = (d for d in snapshot.demonstrations if config.split in (d.split, "all"))
    rows = demonstration_rows(chosen, rule)
    rule.report(run.events)
    write_left_out(run.directory, rule.left_out, add=True)
    if not rows:
        return {"demonstrations": 0}
    loss = mean_loss(policy, rows, MICROBATCH_TOKENS)
    return {
        "demonstrations": len(rows),
        "nats_per_token": loss,
        "perplexity": math.exp(min(loss, 50)),
    }


def _judge_policy(
    run: Run,
    config: EvaluateConfig,
    policy: Policy,
    ensemble: RewardEnsemble | None,
    paths: dict[str, Path | None],
    known: Set[str],
) -> dict[str, Any]:
    assert paths["prompts"] is not None
    baseline = None
    if paths["baseline_policy"]:
        baseline = load_policy(paths["baseline_policy"], policy.device)
        require_same_tokens(policy.codec, baseline.codec)
    prompts, unused = encode_prompts(
        read_prompts(paths["prompts"]),
        policy,
        max_prompt_tokens=config.max_prompt_tokens,
        max_new_tokens=config.max_new_tokens,
        events=run.events,
        also_read_by=[one for one in (ensemble, baseline) if one is not None],
    )
    write_left_out(run.directory, unused, add=True)
    drawn = _draw(run, config, policy, ensemble, prompts, "policy")
    _write_completions(run.directory / "completions.jsonl", prompts, drawn)
    report = _describe(drawn, config) | _reference_figures(prompts, drawn)
    report["prompts_left_out"] = len(unused)
    if ensemble is not None:
        asked = (prompt_key(prompt.row.prompt) for prompt in prompts)
        report |= count_trained_on(asked, known, run.events)
    if baseline is not None:
        theirs = _draw(run, config, baseline, ensemble, prompts, "baseline")
        report["baseline"] = _describe(theirs, config) | _reference_figures(prompts, theirs)
        report["against_baseline"] = _difference(drawn, theirs, config)
    return report


def _draw(
    run: Run,
    config: EvaluateConfig,
    policy: Policy,
    ensemble: RewardEnsemble | None,
    prompts: Sequence[EncodedPrompt],
    phase: str,
) -> Drawn:
    completions: list[list[SampledCompletion]] = []
    for start in range(0, len(prompts), config.batch_prompts):
        if run.stop_requested:
            raise run.interrupt(0)
        chunk = prompts[start : start + config.batch_prompts]
        completions += decode(
            policy,
            [prompt.ids for prompt in chunk],
            config,
            seed=config.seed,
            keys=[prompt_key(prompt.row.prompt) for prompt in chunk],
        )
        run.progress(phase, len(completions), len(prompts))
    texts = [
        [policy.codec.decode_completion(prompt.ids, one.ids) for one in found]
        for prompt, found in zip(prompts, completions, strict=True)
    ]
    scores = None
    if ensemble is not None:
        require_same_tokens(policy.codec, ensemble.codec)
        members = [RewardModelScorer(one, MICROBATCH_TOKENS) for one in ensemble.members]
        scorer = EnsembleScorer(members, "mean", 0.0)
        repeated = [p.ids for p, found in zip(prompts, completions, strict=True) for _ in found]
        flat = scorer(repeated, [one for found in completions for one in found]).tolist()
        ends = [0]
        for found in completions:
            ends.append(ends[-1] + len(found))
        scores = [flat[start:end] for start, end in pairwise(ends)]
    return Drawn([prompt_key(prompt.row.prompt) for prompt in prompts], completions, texts, scores)


def _write_completions(path: Path, prompts: Sequence[EncodedPrompt], drawn: Drawn) -> None:
    """The completions behind the figures, in the form of the sample stage."""
    with path.open("w", encoding="utf-8", errors="replace") as file:
        for prompt, found, texts in zip(prompts, drawn.completions, drawn.texts, strict=True):
            for index, (completion, text) in enumerate(zip(found, texts, strict=True)):
                row = {
                    "prompt_id": prompt.row.id,
                    "sample_index": index,
                    "text": text,
                    "finish_reason": completion.finish_reason,
                    "token_count": len(completion.ids),
                }
                file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _describe(drawn: Drawn, config: EvaluateConfig) -> dict[str, Any]:
    flat = [completion for found in drawn.completions for completion in found]
    report: dict[str, Any] = {
        "prompts": len(set(drawn.prompts)),
        "completions": len(flat),
        "stop_rate": sum(one.finish_reason == "stop" for one in flat) / len(flat),
        "tokens_mean": sum(len(one.ids) for one in flat) / len(flat),
    }
    if drawn.scores is not None:
        sums = [sum(row) for row in drawn.scores]
        counts = [float(len(row)) for row in drawn.scores]
        report["score"] = clustered_ratio(
            sums, counts, config.bootstrap_samples, config.seed, clusters=drawn.prompts
        ).to_json()
        report["interval"] = f"{INTERVAL} prompts"
    return report


def _difference(ours: Drawn, theirs: Drawn, config: EvaluateConfig) -> dict[str, Any]:
    """Score gain and win rate against the baseline, prompt by prompt, sample by sample."""
    if ours.scores is None or theirs.scores is None:
        return {}
    gains, wins, counts = [], [], []
    for mine, other in zip(ours.scores, theirs.scores, strict=True):
        pairs = list(zip(mine, other, strict=True))
        gains.append(sum(a - b for a, b in pairs))
        wins.append(sum(0.5 + 0.5 * ((a > b) - (a < b)) for a, b in pairs))
        counts.append(float(len(pairs)))
    samples, seed = config.bootstrap_samples, config.seed
    return {
        "gain": clustered_ratio(gains, counts, samples, seed, None, ours.prompts).to_json(),
        "win_rate": clustered_ratio(wins, counts, samples, seed, SHARE, ours.prompts).to_json(),
    }


def _reference_figures(prompts: Sequence[EncodedPrompt], drawn: Drawn) -> dict[str, Any]:
    """Where prompts bring references."""
    found = [
        (text, prompt.row.reference)
        for prompt, texts in zip(prompts, drawn.texts, strict=True)
        for text in texts
        if prompt.row.reference is not None
    ]
    return overlap_figures(found) if found else {}


def overlap_figures(found: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Of texts beside their references: BLEU (sacrebleu, of the corpus) and ROUGE-1, -2 and -L (mean
    F1; Lin 2004).

    Each reference says how it and its text are cut: Chinese and Japanese into characters (BLEU:
    `zh`), Thai, Lao, Burmese and Khmer into letters with their marks (BLEU: `char`, whose marks stand
    alone), everything else into words (BLEU: `13a`; ROUGE: rouge-score's own for English, see
    `_WordTokenizer` for others). bleu_tokenizer names what was used.
    """
    # loaded where they are needed: every other stage does without
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer

    kinds = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
    english, words, characters = (
        RougeScorer(list(kinds.values()), tokenizer=tokenizer)
        for tokenizer in (None, _WordTokenizer(), _CharacterTokenizer())
    )
    for_bleu = {name: sacrebleu.BLEU(tokenize=name).tokenizer for name in ("13a", "zh", "char")}
    cut, scored, used = [], [], set()
    for text, reference in found:
        if _is_written_in(HAN_OR_KANA, reference):
            name, rouge = "zh", characters
        elif _is_written_in(UNSPACED_LETTERS, reference):
            name, rouge = "char", characters
        else:
            name, rouge = "13a", english if _reads_as_english(reference) else words
        cut.append([for_bleu[name](one.rstrip()) for one in (text, reference)])
        scored.append(rouge.score(reference, text))
        used.add(name)
    bleu = sacrebleu.corpus_bleu(
        [text for text, _ in cut],
        [[reference for _, reference in cut]],
        tokenize="none",  # they are cut
        force=True,  # or it warns that they are
    )
    return {
        "references": len(found),
        "bleu": bleu.score,
        "bleu_tokenizer": ", ".join(sorted(used)),
        **{
            name: sum(one[kind].fmeasure for one in scored) / len(scored)
            for name, kind in kinds.items()
        },
    }


def _is_written_in(script: re.Pattern[str], text: str) -> bool:
    """Whether more than a third of its characters are of this script."""
    return len(script.findall(text)) * 3 > len(text)


def _reads_as_english(text: str) -> bool:
    """Whether rouge-score's own tokenizer does for it: nearly all words are a-z, names aside."""
    words = _WordTokenizer().tokenize(text)
    return sum(not word.isascii() for word in words) * 20 <= len(words)


class _WordTokenizer:
    """ROUGE over words of any script: lower-case runs of letters, their marks and digits.

    rouge-score's own keeps a-z and 0-9 only: of other scripts nothing, of a word with accents its
    pieces. Of texts in ASCII both make the same tokens.
    """

    def tokenize(self, text: str) -> list[str]:
        return "".join(one if _is_of_a_word(one) else " " for one in text.lower()).split()


def _is_of_a_word(character: str) -> bool:
    return (
        unicodedata.category(character).startswith("L")
        or _is_mark(character)
        or character.isdecimal()
    )


def _is_mark(character: str) -> bool:
    """Vowels of Devanagari or Arabic, tones of Thai, accents that are written apart from their letter."""
    return unicodedata.category(character).startswith("M")


class _CharacterTokenizer:
    """ROUGE over characters, each with the marks after it, where no spaces say what a word is."""

    def tokenize(self, text: str) -> list[str]:
        found: list[str] = []
        for character in text:
            if found and _is_mark(character):
                found[-1] += character
            elif not character.isspace():
                found.append(character)
        return found
