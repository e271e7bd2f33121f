"""From a served version to its server, and from a sampling plan to what is asked of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from annotation.lib import servers
from annotation.registry import serving
from annotation.registry.models import ModelVersion
from rewardmodel.errors import Refused
from workers.served.answers import NoAnswer
from workers.served.asking import Asked, Messages, Wish

PEOPLE_WAIT_S = 45.0
RUNS_WAIT_S = 60.0  # then the worker is free for others, and the run comes back after a pause
CHANGEABLE = ("max_model_len",)  # how a server runs a model, not which it is


def ask(version: ModelVersion, *, patience_s: float, halt: Callable[[], None]) -> Asked:
    """Its server, to be asked. Raises Refused where the deployment does not name it any more."""
    server = serving.server_of(version)
    if server is None:
        raise Refused("no_server", serving.gone_in_words(version))
    assert version.served is not None
    return Asked(server, version.served["model"], patience_s=patience_s, halt=halt)


def refuse_another(asked: Asked, version: ModelVersion) -> None:
    """Raises Refused where the server runs another model by now than the one that was registered."""
    assert version.served is not None
    try:
        now = asked.describe()
    except NoAnswer as error:
        raise Refused("no_model", f"{asked.server.name}: {error}") from None
    if _identity(now) != _identity(version.served["said"]):
        raise Refused(
            "another_model",
            f"The server {asked.server.name} says something else of the model {asked.model} than when "
            "this version was registered. Register it anew: it may be another policy.",
        )


def _identity(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in CHANGEABLE}


def wish_of(
    asked: Asked,
    plan: Mapping[str, Any],
    messages: Messages,
    *,
    key: str,
    index: int,
    with_probabilities: bool = False,
) -> Wish:
    """One completion of a prompt by a plan. Chance comes from the plan's seed, the key and the index.

    Whether a server keeps to a seed is its own affair.
    """
    if faults := servers.unsupported(asked.server.kind, plan):
        words = f"the server {asked.server.name} does not understand {', '.join(faults)}"
        raise Refused("unsupported", words)
    text = f"served\x1f{plan['seed']}\x1f{key}\x1f{index}"
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1
    parameters = servers.parameters(asked.server.kind, plan)
    return Wish(messages, parameters, seed, with_probabilities)
