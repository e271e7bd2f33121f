"""Tiny model directories, written by hand: enough structure to register, nothing to load."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any


def write_safetensors(path: Path, values: dict[str, list[float]]) -> None:
    """One-dimensional float32 tensors in the safetensors format."""
    header, body = {}, b""
    for name, numbers in values.items():
        begin = len(body)
        body += struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {
            "dtype": "F32",
            "shape": [len(numbers)],
            "data_offsets": [begin, len(body)],
        }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_model(
    folder: Path,
    *,
    kind: str = "policy",
    weight: float = 1.0,
    vocabulary: dict[str, int] | list[Any] | None = None,
    padding: str | None = None,
    context: int | None = None,
) -> Path:
    """A directory with the files of a Hugging Face model; `padding` changes what no token depends on."""
    folder.mkdir(parents=True)
    name = "LlamaForCausalLM" if kind == "policy" else "LlamaForSequenceClassification"
    config: dict[str, Any] = {"model_type": "llama", "architectures": [name]}
    if context is not None:
        config["max_position_embeddings"] = context
    if kind == "reward":
        config |= {"score_shift": 0.25, "score_scale": 2.0}
    (folder / "config.json").write_text(json.dumps(config))
    model = {} if vocabulary is None else {"vocab": vocabulary}
    tokenizer = {"version": "1.0", "model": model} | ({"padding": padding} if padding else {})
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    write_safetensors(folder / "model.safetensors", {"w": [weight, 2.0, 3.0]})
    return folder
