"""Whether a directory is a model that can be loaded, judged by its files alone.

The web never loads weights, so this looks at structure: config.json, the headers of the safetensors
files, a tokenizer. Raises ArtifactRefused with the file and the rule.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

from annotation.lib import json as strict_json
from annotation.registry.models import ModelVersion
from annotation.registry.store import ArtifactRefused

MAX_HEADER_BYTES = 100_000_000  # the limit of the safetensors library itself
MAX_JSON_BYTES = 200_000_000
TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt", "spiece.model")
_BITS = {
    **{"BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F4": 4},
    **{"I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32},
    **{"C64": 64, "F64": 64, "I64": 64, "U64": 64, "F6_E2M3": 6, "F6_E3M2": 6},
}


def inspect_model(directory: Path, kind: str) -> dict[str, Any]:
    """The config of a policy or reward-model directory after the checks."""
    config = _read_json(directory / "config.json")
    architectures = config.get("architectures")
    if not isinstance(config.get("model_type"), str):
        raise ArtifactRefused("config.json: model_type is missing.")
    if not isinstance(architectures, list) or not all(isinstance(a, str) for a in architectures):
        raise ArtifactRefused("config.json: architectures must be a list of names.")
    wanted = {
        ModelVersion.Kind.POLICY: ("CausalLM", "LMHeadModel"),
        ModelVersion.Kind.REWARD: ("SequenceClassification",),
    }[ModelVersion.Kind(kind)]
    if not any(ending in name for name in architectures for ending in wanted):
        raise ArtifactRefused(
            f"config.json: architectures {architectures} hold no {' or '.join(wanted)}, "
            f"which a {kind} needs."
        )
    if not any((directory / name).is_file() for name in TOKENIZER_FILES):
        raise ArtifactRefused(f"There is no tokenizer ({', '.join(TOKENIZER_FILES)}).")
    if (directory / "tokenizer.json").is_file():
        _read_json(directory / "tokenizer.json")
    _check_weights(directory)
    return config


def inspect_import(directory: Path, kind: str, *, plain: bool) -> dict[str, Any]:
    """As `inspect_model`, and what a directory from elsewhere must show besides. Raises ArtifactRefused.

    `plain`: somebody states that the model has no chat template and reads prompts as they are.
    """
    config = inspect_model(directory, kind)
    settings: dict[str, Any] = {}
    if (directory / "tokenizer_config.json").is_file():
        settings = _read_json(directory / "tokenizer_config.json")
    for name, found in (("config.json", config), ("tokenizer_config.json", settings)):
        if "auto_map" in found:
            raise ArtifactRefused(f"{name}: auto_map names code of its own, which is never run.")
    has_template = (directory / "chat_template.jinja").is_file() or settings.get("chat_template")
    if not has_template and not plain:
        raise ArtifactRefused(
            "tokenizer_config.json: there is no chat_template, nor a chat_template.jinja. Say that "
            "the model reads plain text, if it does."
        )
    if kind == ModelVersion.Kind.REWARD:
        _check_head(config)
    return config


def _check_head(config: dict[str, Any]) -> None:
    """A reward model gives one number: num_labels = 1, which is kept as the length of id2label."""
    labels = config.get("id2label")
    count = len(labels) if isinstance(labels, dict) else config.get("num_labels", 2)
    if count != 1:
        raise ArtifactRefused(
            f"config.json: a reward model needs one label (num_labels = 1), this has {count}."
        )


def _check_weights(directory: Path) -> None:
    files = sorted(directory.glob("*.safetensors"))
    if not files:
        raise ArtifactRefused("There are no weights: no *.safetensors file.")
    tensors = {file.name: safetensors_names(file) for file in files}
    index = directory / "model.safetensors.index.json"
    if not index.is_file():
        return
    weight_map = _read_json(index).get("weight_map")
    if not isinstance(weight_map, dict):
        raise ArtifactRefused(f"{index.name}: weight_map is missing.")
    for name, file_name in weight_map.items():
        if file_name not in tensors or name not in tensors[file_name]:
            raise ArtifactRefused(f"{index.name}: {name} is not in {file_name!r}.")


def safetensors_names(path: Path) -> set[str]:
    """Names of the tensors in a file whose header and length agree. Raises ArtifactRefused."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length > MAX_HEADER_BYTES or length + 8 > size:
            raise ArtifactRefused(f"{path.name}: the header does not fit into the file.")
        try:
            header = strict_json.loads(file.read(length))
        except strict_json.StrictJSONError as error:
            raise ArtifactRefused(f"{path.name}: the header is not JSON ({error}).") from None
    if not isinstance(header, dict):
        raise ArtifactRefused(f"{path.name}: the header is not an object.")
    header.pop("__metadata__", None)
    spans = sorted(_span(path.name, name, entry) for name, entry in header.items())
    reached = 0
    for begin, end in spans:
        if begin != reached or end < begin:
            raise ArtifactRefused(f"{path.name}: tensors overlap or leave gaps.")
        reached = end
    if 8 + length + reached != size:
        raise ArtifactRefused(
            f"{path.name}: the tensors end at byte {8 + length + reached}, the file at {size}."
        )
    return set(header)


def _span(file: str, name: str, entry: Any) -> tuple[int, int]:
    """First and last byte of a tensor, which must agree with its type and shape."""
    try:
        begin, end = entry["data_offsets"]
        room = (end - begin) * 8
        fits = _are_counts(begin, end) and room == _bits(entry["dtype"], entry["shape"], room)
    except (KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        raise ArtifactRefused(f"{file}: type, shape and place of {name[:80]!r} do not agree.")
    return begin, end


def _bits(dtype: str, shape: list[int], most: int) -> int:
    """How large a tensor is; more than `most` is not counted on: a forged shape multiplies for days."""
    if not _are_counts(*shape):
        raise ValueError
    bits = 0 if 0 in shape else _BITS[dtype]
    for extent in shape:
        if bits > most:
            break
        bits *= extent
    return bits


def _are_counts(*values: Any) -> bool:
    """Whether these are whole numbers from 0: a text or a list is multiplied too, into all memory."""
    return all(type(value) is int and value >= 0 for value in values)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON_BYTES:
            raise ArtifactRefused(f"{path.name} is too large.")
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactRefused(f"{path.name} is missing.") from None
    except (ValueError, RecursionError):
        raise ArtifactRefused(f"{path.name} is not JSON.") from None
    if not isinstance(value, dict):
        raise ArtifactRefused(f"{path.name} must hold an object.")
    return value
