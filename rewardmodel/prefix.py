"""Several completions of one prompt in one forward pass, the prompt computed once.

The tokens of a batch stand in one row without padding, all prompts first, then all completions,
each completion counting its positions on from its own prompt. Everything but attention works
token by token, so transformers' own layers do it. Attention is one function registered under
`ATTENTION`: prompts attend to themselves causally, then every completion to the keys of its prompt
and its own. Scores and gradients are those of one forward for each completion; a dense mask over
the whole row would give the same and waste the gain. Dropout must be off (it is, everywhere here).

Knows token ids and transformers' decoder interface, nothing of rewards or policies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from rewardmodel import branch_attention, packed_attention
from rewardmodel.errors import Refused
from rewardmodel.packed_attention import Ends, Rows
from rewardmodel.unembedding import alike, evaluating

ATTENTION = "tiebreak_shared_prefix"
Sharing = Literal["auto", "always", "never"]
WORTH_SHARING = 1.15  # predicted gain below which regrouping costs what it saves, on a CPU
WORTH_SHARING_ON_DEVICE = 1.4  # elsewhere, where more kernels are more starts (docs/benchmarks.md)


class TokenGroup(Protocol):
    """A prompt with its completions, as token ids."""

    @property
    def prompt_ids(self) -> Sequence[int]:
        """The prompt, at least one token."""

    @property
    def completion_ids(self) -> Sequence[Sequence[int]]:
        """Its completions, at least one token each."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each token of the row belongs. B prompts, R completions of them all.

    `prompt_places` and `completion_places` map the tokens into the rectangles (B, P) and (R, C);
    None where the rectangle is full, so that reshaping is enough.
    """

    prompt_tokens: int
    prompts: int  # B
    prompt_width: int  # P
    completion_width: int  # C
    prompt_places: Tensor | None  # (prompt tokens,) int64
    completion_places: Tensor | None  # (completion tokens,) int64
    prompt_of: Tensor  # (R,) int64: which prompt a completion continues
    branches: int | None  # completions of each prompt where all have as many
    seen_prompt: Tensor  # (1 or R,) tokens of its prompt that a completion sees; one if all as many
    ends: Ends | None  # where a device has kernels for rows that stand end to end

    @cached_property
    def mask(self) -> Tensor:
        """(1 or R, 1, C, P + C) added to the attention logits of completions: 0 or -inf.

        What a completion sees is its whole prompt, and itself causally. Columns behind a shorter completion
        need no masking: no real token looks ahead to them.
        """
        device, own_width = self.seen_prompt.device, self.completion_width
        seen = torch.arange(self.prompt_width, device=device) < self.seen_prompt[:, None]
        own = torch.ones(own_width, own_width, dtype=torch.bool, device=device).tril()
        rows = len(self.seen_prompt)
        visible = torch.cat(
            [
                seen[:, None, :].expand(rows, own_width, self.prompt_width),
                own[None].expand(rows, own_width, own_width),
            ],
            dim=-1,
        )
        added = torch.zeros(visible.shape, device=device).masked_fill_(~visible, -torch.inf)
        return added[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class SharedBatch:
    """One row of tokens and its layout."""

    ids: Tensor  # (1, N) int64
    positions: Tensor  # (1, N) int64
    layout: Layout
    last_prompt_token: Tensor  # (R,) place in the row of the token before each completion
    first_token: Tensor  # (R,) place in the row of each completion's first token
    lengths: Tensor  # (R,) tokens of each completion

    @property
    def last_token(self) -> Tensor:
        """(R,) place in the row of each completion's last token."""
        return self.first_token + self.lengths - 1

    @property
    def completion_mask(self) -> Tensor:
        """(R, C) True where a completion has a token."""
        columns = torch.arange(self.layout.completion_width, device=self.lengths.device)
        return columns[None, :] < self.lengths[:, None]

    def predicting_places(self) -> Tensor:
        """(completion tokens,) place in the row of the token before each completion token."""
        columns = torch.arange(self.layout.completion_width, device=self.lengths.device)
        before = self.first_token[:, None] + columns[None, :] - 1
        before[:, 0] = self.last_prompt_token
        return before[self.completion_mask]

    @property
    def completion_ids(self) -> Tensor:
        """(completion tokens,) ids of all completions, end to end."""
        return self.ids[0, self.layout.prompt_tokens :]


def lay_out(groups: Sequence[TokenGroup], device: torch.device) -> SharedBatch:
    """The batch of some groups; completions in the order of their groups."""
    prompts = [group.prompt_ids for group in groups]
    completions = [ids for group in groups for ids in group.completion_ids]
    counts = [len(group.completion_ids) for group in groups]
    prompt_lengths = torch.tensor([len(ids) for ids in prompts])
    lengths = torch.tensor([len(ids) for ids in completions])
    if int(prompt_lengths.min()) < 1 or int(lengths.min()) < 1:
        raise ValueError("prompts and completions must have at least one token")
    prompt_of = torch.repeat_interleave(torch.tensor(counts))
    width, completion_width = int(prompt_lengths.max()), int(lengths.max())
    in_prompt = _columns(prompt_lengths)
    in_completion = _columns(lengths)
    starts = prompt_lengths.repeat_interleave(torch.tensor(counts))
    positions = torch.cat([in_prompt, in_completion + starts.repeat_interleave(lengths)])
    prompt_tokens = int(prompt_lengths.sum())
    first_token = prompt_tokens + lengths.cumsum(0) - lengths
    return SharedBatch(
        ids=torch.tensor([[t for row in (*prompts, *completions) for t in row]], device=device),
        positions=positions[None].to(device),
        layout=Layout(
            prompt_tokens=prompt_tokens,
            prompts=len(groups),
            prompt_width=width,
            completion_width=completion_width,
            prompt_places=_places(prompt_lengths, in_prompt, device),
            completion_places=_places(lengths, in_completion, device),
            prompt_of=prompt_of.to(device),
            branches=counts[0] if len(set(counts)) == 1 else None,
            seen_prompt=(starts[:1] if int(prompt_lengths.min()) == width else starts).to(device),
            ends=_ends(prompt_lengths, counts, lengths, device),
        ),
        last_prompt_token=(prompt_lengths.cumsum(0) - 1)[prompt_of].to(device),
        first_token=first_token.to(device),
        lengths=lengths.to(device),
    )


def _ends(
    prompt_lengths: Tensor, counts: Sequence[int], lengths: Tensor, device: torch.device
) -> Ends | None:
    if device.type != "cuda":
        return None
    blocks = [int(part.sum()) for part in lengths.split(list(counts))]
    return Ends(
        prompt_tokens=int(prompt_lengths.sum()),
        prompts=Rows.of(prompt_lengths, device),
        blocks=Rows.of(blocks, device),
        completions=Rows.of(lengths, device),
    )


def _columns(lengths: Tensor) -> Tensor:
    """0, 1, …, n-1 for each length n, end to end."""
    starts = lengths.cumsum(0) - lengths
    return torch.arange(int(lengths.sum())) - starts.repeat_interleave(lengths)


def _places(lengths: Tensor, columns: Tensor, device: torch.device) -> Tensor | None:
    width = int(lengths.max())
    if int(lengths.min()) == width:
        return None
    rows = torch.arange(len(lengths)).repeat_interleave(lengths)
    return (rows * width + columns).to(device)


# --- attention ----------------------------------------------------------------------------------


class _Spread(torch.autograd.Function):
    """Rows to distinct places of a larger, otherwise zero tensor. The adjoint of `_Collect`.

    Written out because autograd would add gradients row by row where a copy is enough.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor, size: int) -> Tensor:
        ctx.save_for_backward(places)
        out = rows.new_zeros(size, *rows.shape[1:])
        out[places] = rows
        return out

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (places,) = ctx.saved_tensors
        return gradients[0][places], None, None


class _Collect(torch.autograd.Function):
    """Rows from distinct places. The adjoint of `_Spread`."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, places: Tensor) -> Tensor:
        ctx.save_for_backward(places)
        ctx.size = rows.shape[0]
        return rows[places]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (places,) = ctx.saved_tensors
        out = gradients[0].new_zeros(ctx.size, *gradients[0].shape[1:])
        out[places] = gradients[0]
        return out, None


def _rectangle(tokens: Tensor, rows: int, width: int, places: Tensor | None) -> Tensor:
    """(rows, width, heads, head size) of (tokens, heads, head size)."""
    if places is not None:
        tokens = cast(Tensor, _Spread.apply(tokens, places, rows * width))  # type: ignore[no-untyped-call]
    return tokens.reshape(rows, width, *tokens.shape[1:])


def _row(rectangle: Tensor, places: Tensor | None) -> Tensor:
    """(tokens, heads, head size) of (rows, heads, width, head size)."""
    tokens = rectangle.transpose(1, 2).flatten(0, 1)
    if places is None:
        return tokens
    return cast(Tensor, _Collect.apply(tokens, places))  # type: ignore[no-untyped-call]


def _for_branches(prompt: Tensor, layout: Layout) -> Tensor:
    """(R, P, heads, head size): the keys or values of its prompt for each completion."""
    if layout.branches is None:
        return prompt.index_select(0, layout.prompt_of)
    return prompt[:, None].expand(-1, layout.branches, -1, -1, -1).flatten(0, 1)


def shared_prefix_attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    shared_prefix: Layout | None = None,
    **options: Any,
) -> tuple[Tensor, None]:
    """transformers' attention function: query (1, H, N, D) -> (1, N, H, D).

    Without a layout it is the ordinary one.
    """
    if shared_prefix is None:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **options
        )
    if options.get("sliding_window") is not None or options.get("softcap") is not None:
        raise Refused("model_refused", f"{type(module).__name__}: {_UNSHARED}")
    layout = shared_prefix
    queries, keys, values = (states[0].transpose(0, 1) for states in (query, key, value))
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    if layout.ends is not None and packed_attention.is_possible(queries, values):
        return packed_attention.attend(queries, keys, values, layout.ends, scale)[None], None
    cut, size = layout.prompt_tokens, (layout.prompts, layout.prompt_width)
    q, k, v = (
        _rectangle(states[:cut], *size, layout.prompt_places) for states in (queries, keys, values)
    )
    grouped = query.shape[1] != key.shape[1]
    prompts = F.scaled_dot_product_attention(
        q.transpose(1, 2),
        k.transpose(1, 2),
        v.transpose(1, 2),
        is_causal=True,
        scale=scaling,
        enable_gqa=grouped,
    )
    size = (len(layout.prompt_of), layout.completion_width)
    own_q, own_k, own_v = (
        _rectangle(states[cut:], *size, layout.completion_places)
        for states in (queries, keys, values)
    )
    completions = _branch_out(own_q, (k, v), (own_k, own_v), layout, scale)
    tokens = torch.cat(
        [_row(prompts, layout.prompt_places), _row(completions, layout.completion_places)]
    )
    return tokens[None], None


def _branch_out(
    query: Tensor,
    prompt: tuple[Tensor, Tensor],
    own: tuple[Tensor, Tensor],
    layout: Layout,
    scaling: float,
) -> Tensor:
    """(R, H, C, D): completions attend to their prompt's keys and their own."""
    width = layout.prompt_width
    if layout.branches and branch_attention.is_worth_it(
        query, own[1], width, layout.completion_width
    ):
        even = layout.mask.shape[0] == 1
        seen = branch_attention.Seen(
            layout.mask[0, 0, :, width:],
            None if even else layout.mask[:: layout.branches, 0, 0, :width],
        )
        return branch_attention.attend(query, prompt, own, seen, scaling)
    key, value = (
        torch.cat([_for_branches(far, layout), near], dim=1).transpose(1, 2)
        for far, near in zip(prompt, own, strict=True)
    )
    return F.scaled_dot_product_attention(
        query.transpose(1, 2),
        key,
        value,
        attn_mask=layout.mask,
        scale=scaling,
        enable_gqa=query.shape[2] != prompt[0].shape[2],
    )


AttentionInterface.register(ATTENTION, shared_prefix_attention)
AttentionMaskInterface.register(ATTENTION, sdpa_mask)


def _attends_as_usual(network: PreTrainedModel) -> bool:
    """Whether its attention can be done here: it asks transformers for it, and SDPA is all it is.

    A family that rules SDPA out has more in it (sinks, soft caps), which would silently be lost.
    """
    takes_any = getattr(network, "_supports_attention_backend", False)
    return bool(takes_any and getattr(network, "_supports_sdpa", False))


def sharing_attention(network: PreTrainedModel) -> PreTrainedModel:
    """The network with its attention done here, where it lets itself be told; else as it was.

    Families take the name of any attention and then do something of their own all the same, so the
    network is asked for the states of a small batch both ways.
    """
    if not _attends_as_usual(network):
        return network
    own = network.config._attn_implementation
    network.set_attn_implementation(ATTENTION)
    decoder = cast(PreTrainedModel, network.base_model)
    if why_not_shared(decoder) is None and not _shares_rightly(decoder):
        network.set_attn_implementation(own)
    return network


@torch.no_grad()
def _shares_rightly(decoder: PreTrainedModel) -> bool:
    """Whether two completions of one prompt get the states that they get alone."""
    prompt, completions = [0, 1, 2], [[3, 1], [2, 3]]
    rows = torch.tensor([prompt + ids for ids in completions], device=decoder.device)
    batch = lay_out([_Probe(prompt, completions)], decoder.device)
    with evaluating(decoder):
        try:
            shared = hidden_states(decoder, batch)[len(prompt) :]
            alone = decoder(input_ids=rows, use_cache=False).last_hidden_state[:, len(prompt) :]
        except Exception:  # whatever a family's own code raises over a layout it knows nothing of
            return False
    return alike(shared, alone.flatten(0, 1))


class _Probe(NamedTuple):
    prompt_ids: list[int]
    completion_ids: list[list[int]]


_UNSHARED = "attention with a sliding window or a soft cap cannot share prompts"


def why_not_shared(model: PreTrainedModel) -> str | None:
    """The reason this network cannot share prompts; None if it can."""
    config = model.config.get_text_config(decoder=True)  # of what reads images too, its own part
    if not _attends_as_usual(model):
        return f"{type(model).__name__} has attention of its own kind, which cannot share prompts"
    kinds = set(getattr(config, "layer_types", None) or ())
    if kinds - {"full_attention"} or (not kinds and getattr(config, "sliding_window", None)):
        return f"{type(model).__name__}: {_UNSHARED}"
    if model.config._attn_implementation != ATTENTION:
        return (
            f"{type(model).__name__} says something else where prompts are shared, or was not loaded "
            f"with attention {ATTENTION!r}"
        )
    return None


def hidden_states(decoder: PreTrainedModel, batch: SharedBatch) -> Tensor:
    """(N, d) last hidden state of every token, by the decoder without its head.

    Raises Refused where the network cannot share prompts.
    """
    if obstacle := why_not_shared(decoder):
        raise Refused("model_refused", obstacle)
    output = decoder(
        input_ids=batch.ids,
        # a mask of four dimensions passes through unread: none is built
        attention_mask=batch.ids.new_empty(1, 1, 1, 1),
        position_ids=batch.positions,
        use_cache=False,
        shared_prefix=batch.layout,
    )
    return cast(Tensor, output.last_hidden_state[0])


# --- is it worth it? ----------------------------------------------------------------------------


def worth_sharing(device: torch.device) -> float:
    """The predicted gain above which prompts are shared unasked."""
    return WORTH_SHARING if device.type == "cpu" else WORTH_SHARING_ON_DEVICE


def groups_to_share(
    groups: Sequence[TokenGroup],
    width: int,
    obstacle: str | None,
    sharing: Sharing,
    device: torch.device,
) -> set[int]:
    """Which groups have their prompt computed once, in a decoder of this width.

    obstacle: why the network cannot (`why_not_shared`). Raises Refused where it is asked to.
    """
    if obstacle and sharing == "always":
        raise Refused("config_refused", f"share_prompts: 'always' is impossible: {obstacle}")
    if sharing == "always":
        return set(range(len(groups)))
    if obstacle or sharing == "never":
        return set()
    least = worth_sharing(device)
    return {n for n, group in enumerate(groups) if sharing_gain(group, width) > least}


def sharing_gain(group: TokenGroup, width: int) -> float:
    """Predicted cost of one forward for each completion over that of the shared pass.

    Counts multiplications in one layer of a decoder of this width: about 12 width² a token in the
    linear parts, 2 width a score in attention (plain causal attention skips half of them, the
    completions' masked attention none).
    """
    prompt = len(group.prompt_ids)
    lengths = [len(ids) for ids in group.completion_ids]
    plain = sum(_cost(prompt + n, (prompt + n) ** 2 / 2, width) for n in lengths)
    shared = _cost(prompt, prompt**2 / 2, width)
    shared += sum(_cost(n, n * (prompt + n), width) for n in lengths)
    return plain / shared


def _cost(tokens: int, scores: float, width: int) -> float:
    return 12 * width * tokens + 2 * scores
