"""Policies and reward models as ordinary Hugging Face directories.

A policy is a causal language model. A reward model is `AutoModelForSequenceClassification` with
one label, read at the last token; `score_shift` and `score_scale` in its config.json make
score = (raw - shift) / scale. Weights are safetensors from local files, and no code that a model
directory brings along is ever run.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
)

from rewardmodel.adapters import merged
from rewardmodel.batches import TokenBatch, pad_prompts, pad_right, split_by_tokens
from rewardmodel.errors import Diverged, Refused
from rewardmodel.loading import refusing
from rewardmodel.losses import completion_log_probs
from rewardmodel.prefix import SharedBatch, hidden_states, sharing_attention, why_not_shared
from rewardmodel.sharding import saved_weights
from rewardmodel.text import TextCodec, load_codec
from rewardmodel.unembedding import TokenFigures, has_plain_head, token_figures

PAD_TOKEN = "<|pad|>"
# what config.json says of a trained head, see `RewardModel`
OF_THE_HEAD = (
    "score_shift",
    "score_scale",
    "score_cut",
    "score_tie_model",
    "score_tie_parameter",
)
# While transformers loads, it changes its classes for the whole process (`no_tie_weights`), and of two loads at
# once the later to end can leave them changed for good.
LOADING = threading.Lock()
# Relative to max(1, |value|). On one device fp32 leaves ~1e-6; what was trained may have been on a GPU, while
# what was saved is loaded on the CPU.
ROUND_TRIP_TOLERANCE = 1e-4  # of a raw score
LOG_PROB_TOLERANCE = 1e-3  # there are many, and the unlikeliest tokens round the most


def check_model_directory(directory: Path) -> dict[str, Any]:
    """The parsed config.json of a directory that is safe to load. Raises Refused saying why not."""
    if not (directory / "config.json").is_file():
        raise Refused("model_refused", f"model folder {directory.name!r} has no config.json")
    if not any(
        (directory / name).is_file()
        for name in ("model.safetensors", "model.safetensors.index.json")
    ):
        others = sorted(
            path.name
            for path in directory.iterdir()
            if path.suffix in {".bin", ".pt", ".pth", ".ckpt"}
        )
        words = f"model folder {directory.name!r} has no model.safetensors"
        if others:
            words = (
                f"model folder {directory.name!r} has no model.safetensors; {', '.join(others)} could "
                "run code when loaded and is refused"
            )
        raise Refused("model_refused", words)
    try:
        config = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused("model_refused", f"config.json of {directory.name!r}: {error}") from error
    if not isinstance(config, dict):
        raise Refused("model_refused", f"config.json of {directory.name!r} must be an object")
    if "auto_map" in config:
        raise Refused(
            "model_refused",
            f"model folder {directory.name!r} brings its own code (auto_map); it is never run",
        )
    return config


def _load(auto_class: Any, directory: Path, may_lack: tuple[str, ...] = (), **options: Any) -> Any:
    """Load in fp32 and evaluation mode (dropout off for good); refuse missing or misfit weights."""
    check_model_directory(directory)
    with _refusing(directory), LOADING:
        model, info = auto_class.from_pretrained(
            str(directory),
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # told below, by name
            **options,
        )
    missing = sorted(key for key in info["missing_keys"] if not key.startswith(may_lack or ("\0",)))
    if missing:
        raise Refused(
            "model_refused",
            f"model folder {directory.name!r} lacks the weights {', '.join(missing[:5])}",
        )
    _refuse_misfits(directory, info["mismatched_keys"], may_lack)
    model.eval()
    return model


def _config_of(directory: Path) -> PreTrainedConfig:
    check_model_directory(directory)
    with _refusing(directory):
        found = AutoConfig.from_pretrained(
            str(directory), local_files_only=True, trust_remote_code=False
        )
    return cast(PreTrainedConfig, found)


@dataclass(frozen=True, slots=True)
class Described:
    """A network as its config.json has it, before its weights are loaded."""

    context_tokens: int | None


def described(directory: Path) -> Described:
    """Raises Refused where the directory holds no model."""
    return Described(_context_tokens(_config_of(directory)))


def _context_tokens(config: PreTrainedConfig) -> int | None:
    found = getattr(config, "max_position_embeddings", None)
    return None if found is None else int(found)


def _refusing(directory: Path) -> AbstractContextManager[None]:
    return refusing(f"model folder {directory.name!r} cannot be loaded")


def _refuse_misfits(
    directory: Path,
    found: Collection[tuple[str, Sequence[int], Sequence[int]]],
    may_differ: tuple[str, ...],
) -> None:
    """found: name, size in the file and size by config.json of weights where the two differ."""
    misfits = sorted(entry for entry in found if not entry[0].startswith(may_differ or ("\0",)))
    if misfits:
        name, stored, wanted = misfits[0]
        raise Refused(
            "model_refused",
            f"config.json of model folder {directory.name!r} does not fit its weights: {name} is "
            f"{' x '.join(map(str, stored))} in the file and {' x '.join(map(str, wanted))} by "
            f"config.json; weights that do not fit: {len(misfits)}",
        )


class Policy(nn.Module):
    """A causal language model with its tokenizer and stop tokens."""

    def __init__(self, language_model: PreTrainedModel, codec: TextCodec) -> None:
        super().__init__()
        self.language_model = sharing_attention(language_model)
        self.codec = codec
        self.stop_ids = _stop_ids(language_model, codec)
        self._has_plain_head = has_plain_head(language_model)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def context_tokens(self) -> int | None:
        """Longest sequence the network was built for, if it says so."""
        return _context_tokens(self.language_model.config)

    def completion_logits(self, batch: TokenBatch) -> Tensor:
        """(B, C, V) logits that predict each completion column; only those are computed."""
        output = self.language_model(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            logits_to_keep=batch.completion_width + 1,
            use_cache=False,
        )
        # counted from the end: some networks know nothing of `logits_to_keep` and give them all
        return cast(Tensor, output.logits[:, -batch.completion_width - 1 : -1].float())

    def completion_figures(self, batch: TokenBatch, temperature: float) -> TokenFigures:
        """(B, C) log-probability and entropy at every completion token; 0 where there is none.

        Only those places are unembedded.
        """
        mask, ids = batch.completion_mask, batch.completion_ids
        head = self.plain_head
        if head is None:
            log_probs, entropy = completion_log_probs(
                self.completion_logits(batch), ids, temperature
            )
            return TokenFigures(log_probs * mask, entropy * mask)
        hidden = self.decoder(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state[:, -batch.completion_width - 1 : -1]
        return _filled(token_figures(head, hidden[mask], ids[mask], temperature), mask)

    def completion_figures_shared(self, batch: SharedBatch, temperature: float) -> TokenFigures:
        """(R, C) as `completion_figures`, every prompt computed once for its completions.

        Raises Refused where the network cannot share prompts (see `why_not_shared`).
        """
        head = self.plain_head
        if head is None:
            raise Refused("model_refused", str(self.why_not_shared))
        hidden = hidden_states(self.decoder, batch)[batch.predicting_places()]
        figures = token_figures(head, hidden, batch.completion_ids, temperature)
        return _filled(figures, batch.completion_mask)

    @property
    def plain_head(self) -> nn.Module | None:
        """The output layer whose product with a hidden state is the logits; None if there is more."""
        if not self._has_plain_head:
            return None
        return cast(nn.Module, self.language_model.get_output_embeddings())

    @property
    def decoder(self) -> PreTrainedModel:
        """The network below the output layer."""
        return cast(PreTrainedModel, self.language_model.base_model)

    @property
    def why_not_shared(self) -> str | None:
        """The reason prompts cannot be shared between completions; None if they can."""
        if self.plain_head is None:
            return (
                f"{type(self.language_model).__name__} does more between states and logits than "
                "its output layer"
            )
        return why_not_shared(self.decoder)

    @torch.no_grad()
    def generate(self, prompt: Sequence[int], **options: Any) -> list[list[int]]:
        """transformers' own generation from one prompt: the new ids of each sequence."""
        ids = torch.tensor([list(prompt)], device=self.device)
        output = cast(Any, self.language_model).generate(
            ids,
            attention_mask=torch.ones_like(ids),
            eos_token_id=sorted(self.stop_ids),
            pad_token_id=self.codec.fill_id,
            do_sample=False,
            **options,
        )
        return cast("list[list[int]]", output[:, len(prompt) :].tolist())

    def smallest_pass(self) -> Tensor:
        """Any number that every weight takes part in: how likely one token is after another."""
        fill = [[self.codec.fill_id]]
        batch = pad_prompts(fill, self.codec.fill_id, self.device, fill)
        return self.completion_figures(batch, 1.0).log_probs.sum()

    def save(self, directory: Path) -> None:
        """Write weights (safetensors) and tokenizer; of a sharded network, inside `gathered`."""
        with merged(self.language_model):
            _write(self.language_model, directory)
        self.codec.tokenizer.save_pretrained(str(directory))


def _write(network: PreTrainedModel, directory: Path) -> None:
    weights = saved_weights(network)
    network.save_pretrained(str(directory), safe_serialization=True, state_dict=weights)


def _filled(figures: TokenFigures, mask: Tensor) -> TokenFigures:
    """Figures of the places where mask is True, as rectangles with 0 elsewhere."""
    return TokenFigures(
        *(values.new_zeros(mask.shape).masked_scatter(mask, values) for values in figures)
    )


def _stop_ids(language_model: PreTrainedModel, codec: TextCodec) -> frozenset[int]:
    generation = getattr(language_model, "generation_config", None)
    listed = getattr(generation, "eos_token_id", None)
    ids = [] if listed is None else listed if isinstance(listed, list) else [listed]
    return frozenset([codec.end_id, *(int(index) for index in ids)])


def load_policy(directory: Path, device: torch.device) -> Policy:
    """A causal language model from a local directory. Raises Refused."""
    language_model = _load(AutoModelForCausalLM, directory)
    return Policy(language_model, load_codec(directory)).to(device).eval()


class RewardModel(nn.Module):
    """A decoder with a scalar head. Also serves as the value model: one number at every token."""

    def __init__(self, classifier: PreTrainedModel, codec: TextCodec) -> None:
        super().__init__()
        head = getattr(classifier, "score", None)
        if not isinstance(head, nn.Linear) or head.out_features != 1:
            raise Refused(
                "model_refused",
                f"{type(classifier).__name__} has no scalar head named 'score' (one label)",
            )
        self.classifier = sharing_attention(classifier)
        self.codec = codec
        self.shift = float(getattr(classifier.config, "score_shift", 0.0))
        self.scale = float(getattr(classifier.config, "score_scale", 1.0))
        self.cut: float | None = getattr(classifier.config, "score_cut", None)
        self.tie_model: str | None = getattr(classifier.config, "score_tie_model", None)
        self._tie = float(getattr(classifier.config, "score_tie_parameter", 0.0))
        self.tie_parameter: nn.Parameter | None = None

    def learn_ties(self, kind: str) -> nn.Parameter:
        """Begin to learn how likely ties are (see `reward_losses.tie_log_odds`); starts at 0."""
        self.tie_model = kind
        self.tie_parameter = nn.Parameter(torch.zeros((), device=self.device))
        return self.tie_parameter

    @property
    def tie(self) -> float:
        """The learnt number of the tie model, for differences of scores times `scale`."""
        return self._tie if self.tie_parameter is None else float(self.tie_parameter.detach())

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def context_tokens(self) -> int | None:
        """Longest sequence the network was built for, if it says so."""
        return _context_tokens(self.classifier.config)

    @property
    def decoder(self) -> PreTrainedModel:
        """The network below the head."""
        return cast(PreTrainedModel, self.classifier.base_model)

    def token_scores(self, batch: TokenBatch) -> Tensor:
        """(B, T) normalized score read at every column; columns that are padding mean nothing."""
        hidden = self.decoder(
            input_ids=batch.ids,
            attention_mask=batch.mask,
            position_ids=batch.positions,
            use_cache=False,
        ).last_hidden_state
        return self._normalized(hidden)

    def _normalized(self, hidden: Tensor) -> Tensor:
        """The score of each hidden state (…, d). The head is fp32 even where the decoder is not:
        differences of scores are small beside the scores.
        """
        with torch.autocast(hidden.device.type, enabled=False):
            raw = cast(nn.Linear, self.classifier.score)(hidden.float()).squeeze(-1)
        return cast(Tensor, (raw - self.shift) / self.scale)

    def forward(self, batch: TokenBatch) -> Tensor:
        """(B,) normalized score of each row, read at its last real token."""
        return self.token_scores(batch).gather(1, batch.last_token()[:, None]).squeeze(1)

    def smallest_pass(self) -> Tensor:
        """Any number that every weight takes part in: the score of one token."""
        fill = self.codec.fill_id
        return self.forward(pad_right([[fill]], fill, self.device)).sum()

    def forward_shared(self, batch: SharedBatch) -> Tensor:
        """(R,) normalized score of each completion, read at its last token."""
        return self._normalized(hidden_states(self.decoder, batch)[batch.last_token])

    @property
    def why_not_shared(self) -> str | None:
        """The reason prompts cannot be shared between completions; None if they can."""
        return why_not_shared(self.decoder)

    @torch.no_grad()
    def score_rows(self, rows: Sequence[Sequence[int]], microbatch_tokens: int) -> Tensor:
        """(N,) normalized scores, on the CPU, of prompt+completion rows in their order."""
        scores = torch.zeros(len(rows))
        for chunk in split_by_tokens([len(row) for row in rows], microbatch_tokens):
            batch = pad_right([rows[index] for index in chunk], self.codec.fill_id, self.device)
            scores[torch.tensor(chunk)] = self(batch).cpu()
        return scores

    def normalize_by(self, scores: Tensor, *, unit_spread: bool) -> None:
        """Move the affine so that `scores` (current, normalized) get mean 0, and spread 1 if asked.

        A spread of nothing is left alone: it cannot be stretched to 1.
        """
        raw = scores.double() * self.scale + self.shift
        spread = float(raw.std()) if unit_spread and len(raw) > 1 else 0.0
        self.shift = float(raw.mean())
        if unit_spread and spread > 1e-6:
            self.scale = spread
        self.classifier.config.score_shift = self.shift
        self.classifier.config.score_scale = self.scale

    def save(self, directory: Path) -> None:
        """Write an AutoModelForSequenceClassification directory that carries the affine.

        Beside it, where they were learnt: the score of the acceptable cut, and the tie model. Of a
        sharded network, inside `gathered`.
        """
        config: Any = self.classifier.config
        config.score_shift, config.score_scale = self.shift, self.scale
        if self.cut is not None:
            config.score_cut = self.cut
        if self.tie_model is not None:
            config.score_tie_model, config.score_tie_parameter = self.tie_model, self.tie
        with merged(self.classifier):
            _write(self.classifier, directory)
        self.codec.tokenizer.save_pretrained(str(directory))


def new_reward_model(policy_directory: Path, device: torch.device, seed: int) -> RewardModel:
    """A reward model with the weights of a policy and a fresh scalar head.

    The folder may hold a reward model: its weights are taken, but its affine, cut and tie model
    belonged to the head that is replaced. The new head is normal with standard deviation
    1/sqrt(d+1) (lm-human-preferences, query_response_model.py). A padding token of its own is added
    where the tokenizer has none or shares it with the end token: transformers finds the last token
    by skipping padding ids.
    """
    config = _config_of(policy_directory)
    config.num_labels = 1
    for name in OF_THE_HEAD:
        if hasattr(config, name):
            delattr(config, name)
    classifier = _load(
        AutoModelForSequenceClassification, policy_directory, may_lack=("score.",), config=config
    )
    codec = load_codec(policy_directory)
    tokenizer = codec.tokenizer
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        tokenizer.add_special_tokens({"pad_token": PAD_TOKEN})
        if len(tokenizer) > classifier.get_input_embeddings().weight.shape[0]:
            classifier.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        codec = TextCodec(tokenizer)
    classifier.config.pad_token_id = tokenizer.pad_token_id
    reward_model = RewardModel(classifier, codec)
    head = cast(nn.Linear, classifier.score)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        noise = torch.randn(head.weight.shape, generator=generator)
        head.weight.copy_(noise / math.sqrt(head.in_features + 1))
        if head.bias is not None:
            head.bias.zero_()
    return reward_model.to(device).eval()


def load_reward_model(directory: Path, device: torch.device) -> RewardModel:
    """A saved reward model. Raises Refused where the directory holds something else."""
    config = check_model_directory(directory)
    labels = config.get("id2label")
    if (labels is not None and len(labels) != 1) or not any(
        "ForSequenceClassification" in name for name in config.get("architectures") or []
    ):
        raise Refused(
            "model_refused",
            f"model folder {directory.name!r} is not a reward model: config.json must name a "
            f"...ForSequenceClassification with one label, found {config.get('architectures')}",
        )
    classifier = _load(AutoModelForSequenceClassification, directory)
    return RewardModel(classifier, load_codec(directory)).to(device).eval()


@torch.no_grad()
def verify_saved_policy(directory: Path, policy: Policy, rows: Sequence[Sequence[int]]) -> float:
    """Load what was saved into the host's memory, and compare the log-probabilities of a padded batch:
    of every token of a row but its first.

    Returns their largest difference; raises Diverged above the tolerance.
    """
    loaded = load_policy(directory, torch.device("cpu"))

    def said(one: Policy) -> Tensor:
        begins, rest = [row[:1] for row in rows], [row[1:] for row in rows]
        batch = pad_prompts(begins, one.codec.fill_id, one.device, rest)
        return one.completion_figures(batch, 1.0).log_probs.cpu()

    ours = said(policy)
    difference = float((said(loaded) - ours).abs().max())
    limit = LOG_PROB_TOLERANCE * max(1.0, float(ours.abs().max()))
    if not difference <= limit:
        raise Diverged(
            "round_trip",
            f"the saved policy's log-probabilities differ by {difference:.2e} (> {limit:.2e})",
        )
    return difference


@torch.no_grad()
def verify_saved_reward_model(
    directory: Path, reward_model: RewardModel, rows: Sequence[Sequence[int]]
) -> float:
    """Load what was saved as any other program would, and compare scores of a padded batch.

    Returns the largest difference of raw scores; raises Diverged above the tolerance.
    """
    loaded = _load(AutoModelForSequenceClassification, directory)
    batch = pad_right(rows, reward_model.codec.fill_id, torch.device("cpu"))
    theirs = loaded(input_ids=batch.ids, attention_mask=batch.mask.long()).logits[:, 0]
    ours = reward_model.score_rows(rows, 10**9) * reward_model.scale + reward_model.shift
    difference = float((theirs - ours).abs().max())
    limit = ROUND_TRIP_TOLERANCE * max(1.0, float(ours.abs().max()))
    if not difference <= limit:
        raise Diverged(
            "round_trip",
            f"the saved reward model scores differ by {difference:.2e} (> {limit:.2e})",
        )
    return difference
