"""The servers that a deployment names to run policies: any that speak OpenAI's chat completions.

Read from the environment (`MODEL_SERVERS`, or the file `MODEL_SERVERS_FILE`), never from a person: there is
no way to make a worker ask another address. No key stands here, only where a worker finds it; whoever
writes a key here is refused without repeating it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
)

Kind = Literal["openai", "vllm", "llama.cpp", "transformers"]
# Our settings that the protocol has no word for, in the words of those servers that know them.
FURTHER: dict[str, dict[str, str]] = {
    "openai": {},
    "transformers": {},
    "vllm": {"top_k": "top_k", "repetition_penalty": "repetition_penalty"},
    "llama.cpp": {"top_k": "top_k", "repetition_penalty": "repeat_penalty"},
}
OFF: dict[str, float] = {"top_k": 0, "repetition_penalty": 1.0, "no_repeat_ngram": 0}
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$")]
Model = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ModelServer(BaseModel):
    """One server. `key_env` and `key_file` say where a worker finds the key; without one none is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Name
    url: str
    models: tuple[Model, ...] = Field(min_length=1)
    kind: Kind = "openai"
    key_env: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    key_file: str | None = None
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    concurrency: int = Field(default=4, ge=1, le=64, description="requests at once, of one worker")
    timeout_s: float = Field(default=300, gt=0, le=3600, description="the longest one answer takes")

    @field_validator("url")
    @classmethod
    def _plain_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https address, such as http://vllm:8000/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must hold no user, password, query or fragment")
        return value.rstrip("/")


_LIST = TypeAdapter(tuple[ModelServer, ...])


def parsed(text: str) -> dict[str, ModelServer]:
    """The servers by name. Raises ImproperlyConfigured naming place and rule, never a value."""
    if not text.strip():
        return {}
    try:
        found = _LIST.validate_json(text)
    except ValidationError as error:
        faults = (
            f"{'.'.join(map(str, fault['loc'])) or 'the text'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise ImproperlyConfigured(f"MODEL_SERVERS: {'; '.join(faults)}") from None
    named = {server.name: server for server in found}
    if len(named) != len(found):
        raise ImproperlyConfigured("MODEL_SERVERS: two servers have the same name")
    return named


def unsupported(kind: str, plan: Mapping[str, Any]) -> list[str]:
    """Settings of a sampling plan that this kind of server cannot keep to.

    Servers pass over what they do not know, so a plan that they would not follow must be refused here.
    """
    faults = ["strategy"] if plan["strategy"] == "beam" else []
    faults += [
        name
        for name, off in OFF.items()
        if plan.get(name, off) != off
        and name not in FURTHER[kind]
        and not (name == "top_k" and plan["strategy"] == "greedy")
    ]
    return faults


def parameters(kind: str, plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan in the words of the request. The plan must be supported."""
    found: dict[str, Any] = {"max_tokens": plan["max_new_tokens"]}
    if plan["strategy"] == "greedy":
        found["temperature"] = 0
    else:
        found |= {"temperature": plan["temperature"], "top_p": plan["top_p"]}
    for ours, theirs in FURTHER[kind].items():
        if plan.get(ours, OFF[ours]) != OFF[ours]:
            found[theirs] = plan[ours]
    return found
