"""What each kind of run needs, gives and may be told: inputs, outputs, settings, queue.

The settings of the training stages come from the learning library as JSON schemas
(`stage_schemas.json`, written by `python -m rewardmodel schema`), so that the web can check them
without loading it. Knows no rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from annotation.labeling.filters import SCHEMA as FILTER
from annotation.lib.errors import FieldProblem, Invalid
from annotation.runs.rules import broken, settings_in

STAGE_SCHEMAS = Path(__file__).with_name("stage_schemas.json")
STAGES = (
    *("sample", "sft", "reward", "ppo", "rloo", "grpo", "dpo", "evaluate", "pick", "best_of_n"),
)
# A sampling plan says these; they are not settings of a single run.
FROM_THE_PLAN = (
    *("strategy", "temperature", "top_k", "top_p", "num_beams", "no_repeat_ngram"),
    *("repetition_penalty", "samples_per_prompt", "max_new_tokens", "seed"),
)
# The best of n are drawn at random: a choice of one, and what only beams know.
WITHOUT_CHOICE = ("strategy", "num_beams")
# Where a run keeps, once it is made, which reward models give scores beside the chosen one.
FURTHER = "further_reward_versions"
LEARNS = frozenset({"sft", "reward", "dpo"})  # from the judgments of a snapshot
INPUTS = ("snapshot", "policy_version", "reward_version", "prompt_set", "plan")


def invalid(field: str, message: str, rule: str = "invalid") -> Invalid:
    """One thing that does not fit."""
    return Invalid((field, rule, message))


@dataclass(frozen=True)
class Kind:
    """`needs`: alternatives, each a set of inputs; `may`: further inputs it can use.

    `purpose`: what its prompt set must be for; empty: anything.
    """

    queue: str
    needs: tuple[frozenset[str], ...]
    may: frozenset[str] = frozenset()
    gives: str = ""
    purpose: str = ""

    @property
    def known(self) -> frozenset[str]:
        return self.may.union(*self.needs)


def _one_of(*alternatives: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(names.split()) for names in alternatives)


# Draws completions and learns from the scores that a reward model gives them.
_POLICY_GRADIENT = Kind(
    "train",
    _one_of("policy_version reward_version prompt_set"),
    gives="policy_version",
    purpose="rl",
)
KINDS: dict[str, Kind] = {
    "import": Kind("short", _one_of(""), frozenset({"prompt_set"})),
    "export": Kind("short", _one_of(""), frozenset({"prompt_set", "snapshot"}), gives="snapshot"),
    "sample": Kind("sample", _one_of("policy_version prompt_set plan")),
    "sft": Kind("train", _one_of("policy_version snapshot"), gives="policy_version"),
    "reward": Kind("train", _one_of("policy_version snapshot"), gives="reward_version"),
    "ppo": _POLICY_GRADIENT,
    "rloo": _POLICY_GRADIENT,
    "grpo": _POLICY_GRADIENT,
    "dpo": Kind("train", _one_of("policy_version snapshot"), gives="policy_version"),
    "evaluate": Kind(
        "train",
        _one_of("reward_version snapshot", "policy_version prompt_set", "policy_version snapshot"),
        frozenset({"reward_version"}),
    ),
    "push": Kind("short", _one_of("policy_version", "reward_version")),
    "pick": Kind("train", _one_of("reward_version prompt_set"), frozenset({"policy_version"})),
    "best_of_n": Kind(
        "train", _one_of("policy_version reward_version prompt_set"), gives="snapshot"
    ),
}

_EXPORT: dict[str, Any] = {
    "title": "ExportConfig",
    "description": "Counted rankings and demonstrations up to a moment, frozen as files.",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "cut_off": {
            "title": "Cut Off",
            "description": "Judgments made later are left out; empty: the moment of the request.",
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
            "default": None,
        },
        "validation_fraction": {
            "title": "Validation Fraction",
            "description": "Share of the prompts kept for validation, chosen by the prompt's hash. "
            "Prompts that are marked for validation are kept as well.",
            "type": "number",
            "minimum": 0,
            "maximum": 0.9,
            "default": 0.1,
            "unit": "fraction of prompts",
            "why_default": "a tenth measures well and costs little data",
        },
        "held_out_labelers": {
            "title": "Held Out Labelers",
            "description": "Ids of labelers whose judgments all go to validation.",
            "type": "array",
            "items": {"type": "string", "format": "uuid", "maxLength": 36},
            "maxItems": 1000,
            "uniqueItems": True,
            "default": [],
        },
        "reliability_estimate": {
            "title": "Reliability Estimate",
            "description": "Id of the estimate whose weights the rankings carry: a labeler who is "
            "half as reliable as the usual one counts half. Empty: everybody counts alike.",
            "anyOf": [{"type": "string", "format": "uuid", "maxLength": 36}, {"type": "null"}],
            "default": None,
            "why_default": "weights change what is learnt; look at their effect first",
        },
        "adjudicated": {
            "title": "Adjudicated",
            "description": "What orders given in review do: ignored; added beside the judgments of "
            "the item; or replace: they stand for the item alone, and where review accepted "
            "judgments only those stand.",
            "enum": ["ignored", "added", "replace"],
            "default": "ignored",
            "why_default": "a reviewer is one more person; training on what labelers said needs no "
            "second thought",
        },
    },
}
# What to freeze, and what to write of it: chosen on the pages of the explorer and of exports, not in
# the general form of runs. Without `parts` a run only freezes.
_DATASET: dict[str, Any] = {
    "filter": {**FILTER, "default": {}},
    "include": {
        "type": "array",
        "items": {"enum": ["gold", "repeats"]},
        "uniqueItems": True,
        "default": [],
    },
    "parts": {
        "type": "array",
        "items": {"enum": ["rankings", "pairs", "pairs_plain", "demonstrations", "consensus"]},
        "uniqueItems": True,
        "default": [],
    },
    "files": {
        "type": "array",
        "items": {"enum": ["parquet", "jsonl"]},
        "minItems": 1,
        "uniqueItems": True,
        "default": ["parquet"],
    },
    "ties": {"enum": ["drop", "half"], "default": "drop"},
    "margin": {"enum": ["none", "tiers", "strength"], "default": "none"},
    "with_origin": {"type": "boolean", "default": True},
    "licence": {"type": "string", "maxLength": 120, "default": ""},
}
_FULL_EXPORT: dict[str, Any] = {
    **_EXPORT,
    "properties": {**_EXPORT["properties"], **_DATASET},
}
_AGAINST_PARENT = {
    "title": "Against Parent",
    "description": "Let the policy's parent complete the same prompts with the same random numbers "
    "and report the difference.",
    "type": "boolean",
    "default": True,
    "why_default": "a score alone says little; the gain over the parent is the question",
}
# The baseline reward model: a version, which the form and automatic rounds choose as they do inputs.
_BASELINE = {
    "anyOf": [{"type": "string", "format": "uuid", "maxLength": 36}, {"type": "null"}],
    "default": None,
}
# Which draw a choice is about; asked for by automatic rounds, not in the general form.
_DRAW = _BASELINE
# Settings that the worker understands; the trainer's own settings go on without them.
_REWARD_MODELS: dict[str, Any] = {
    "title": "Reward Models",
    "description": "How many reward models give scores: the chosen one and the newest others of the "
    "project that read the same tokens and are not retired, as many as there are. Their disputes are "
    "what is uncertain.",
    "type": "integer",
    "minimum": 1,
    "maximum": 8,
    "default": 3,
    "unit": "versions",
    "why_default": "one model cannot say how sure it is",
}
_ENSEMBLE = {
    "reward_models": {
        **_REWARD_MODELS,
        "default": 1,
        "why_default": "the one that passed its gate; several cost as many times the scoring",
    },
}
_PICK = {
    "reward_models": _REWARD_MODELS,
    "only_new": {
        "title": "Only New",
        "description": "Leave out prompts of which completions are or were to be ranked already.",
        "type": "boolean",
        "default": True,
        "why_default": "a new prompt tells more than a second ranking of an old one",
    },
    "needed": {
        "title": "Needed",
        "description": "Judgments wanted of each chosen prompt; empty: as the project says.",
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 50}, {"type": "null"}],
        "default": None,
        "unit": "judgments",
        "why_default": "the project's own number",
    },
    "priority": {
        "title": "Priority",
        "description": "The chosen items are handed out before items of a lower priority; the same "
        "for all rules, so that nobody can tell them apart. Ordinary items have 0.",
        "type": "integer",
        "minimum": -100,
        "maximum": 100,
        "default": 1,
        "why_default": "what was chosen should not wait behind what was not",
    },
}
# The trainer holds its inputs to the same; here the setting says how many there will be.
_DISPUTES = {
    "setting": "disagreement_share",
    "must": "one_of",
    "than": [0],
    "when": {"reward_models": [1]},
    "why": "one reward model disagrees with nobody",
}
WORKERS_OWN = frozenset(
    {
        *("make_items", "against_parent", "baseline_reward_version", FURTHER),
        *("draw", *_PICK),
    }
)
_IMPORT: dict[str, Any] = {
    "title": "ImportConfig",
    "description": "A file of rows; made by the import endpoint.",
    "type": "object",
    "additionalProperties": False,
    "required": ["kind", "filename"],
    "properties": {
        "kind": {
            "enum": ["prompts", "completions", "rankings", "demonstrations", "model", "served"]
        },
        "filename": {"type": "string", "maxLength": 200},
        # How foreign rows become ours (corpus.incoming.plan); absent: they are ours, as JSONL.
        "plan": {"type": "object"},
        "dry_run": {"type": "boolean"},
        # Of a dry run whose prompt set does not exist yet: name, purpose and language.
        "target": {"type": "object"},
        # Of a model: name, kind and whether it reads plain text; of a served one: server, model and name.
        "version": {"type": "object"},
    },
}

_PUSH: dict[str, Any] = {
    "title": "PushConfig",
    "description": "Where a version goes; made by the page of the version.",
    "type": "object",
    "additionalProperties": False,
    "required": ["repository", "private"],
    "properties": {
        "repository": {"type": "string", "maxLength": 200},
        "private": {"type": "boolean"},
    },
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The JSON schema of the settings of every kind that a person can start.

    `elsewhere`: those that other pages ask for than the form of runs.
    """
    stages = json.loads(STAGE_SCHEMAS.read_text())
    found = {name: stages[name] for name in STAGES}
    sample = found["sample"]
    found["sample"] = {
        **sample,
        "properties": {
            name: field for name, field in sample["properties"].items() if name not in FROM_THE_PLAN
        },
        "rules": [
            rule for rule in sample.get("rules", []) if settings_in(rule).isdisjoint(FROM_THE_PLAN)
        ],
    }
    evaluate = found["evaluate"]
    found["evaluate"] = {
        **evaluate,
        "properties": {"against_parent": _AGAINST_PARENT, **evaluate["properties"]},
    }
    pick = found["pick"]
    found["pick"] = {
        **pick,
        "properties": {**pick["properties"], **_PICK},
        "rules": [*pick.get("rules", []), _DISPUTES],
    }
    best = found["best_of_n"]
    found["best_of_n"] = {
        **best,
        "properties": {
            name: field for name, field in best["properties"].items() if name not in WITHOUT_CHOICE
        },
    }
    for kind in (name for name in STAGES if KINDS[name] is _POLICY_GRADIENT):
        stage = found[kind]
        found[kind] = {**stage, "properties": {**stage["properties"], **_ENSEMBLE}}
    return {"export": {**_EXPORT, "elsewhere": _DATASET}, **found}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON schema of all settings that a run of this kind may have, with those no form asks for."""
    own = {"import": _IMPORT, "export": _FULL_EXPORT, "push": _PUSH}
    schema = own.get(kind) or schemas()[kind]
    if more := {"evaluate": {"baseline_reward_version": _BASELINE}, "pick": {"draw": _DRAW}}.get(
        kind
    ):
        schema = {**schema, "properties": {**schema["properties"], **more}}
    return schema


def checked_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """The settings with defaults filled in. Raises Invalid naming field, value and what is allowed."""
    schema = schema_of(kind)
    validator = jsonschema.Draft202012Validator(schema)
    errors = [
        error for found in validator.iter_errors(config) for error in _in_words(found, schema)
    ]
    if errors:
        raise Invalid(*errors)
    fields = schema["properties"]
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    settled = {**defaults, **config}
    if problems := broken(schema.get("rules", []), settled):
        raise Invalid(*((f"config.{name}", "rule", words) for name, words in problems))
    return settled


def _in_words(error: Any, schema: dict[str, Any]) -> list[FieldProblem]:
    fields = schema["properties"]
    if error.validator == "additionalProperties" and not error.path:
        known = ", ".join(sorted(fields))
        return [
            (f"config.{name}", "unknown", f"{name}: there is no such setting (known: {known})")
            for name in error.instance
            if name not in fields
        ]
    path = ".".join(str(part) for part in error.absolute_path)
    top = str(error.absolute_path[0]) if error.absolute_path else ""
    allowed = allowed_in_words(fields.get(top, {"type": "object"}))
    shown = json.dumps(error.instance, ensure_ascii=False)[:80]
    message = f"{path or 'config'}: {shown} is not allowed; allowed: {allowed}"
    return [(f"config.{path}".rstrip("."), str(error.validator), message)]


_TYPES = {
    **{"integer": "a whole number", "number": "a number", "string": "a text"},
    **{"boolean": "true or false", "array": "a list", "object": "an object"},
}
_BOUNDS = (
    *(("minimum", ">="), ("exclusiveMinimum", ">")),
    *(("maximum", "<="), ("exclusiveMaximum", "<")),
)


def allowed_in_words(field: dict[str, Any]) -> str:
    """The range of one setting for a person, from its JSON schema."""
    options = []
    for option in field.get("anyOf", [field]):
        if "enum" in option:
            options.append("one of " + ", ".join(str(value) for value in option["enum"]))
        elif option.get("type") == "null":
            options.append("empty")
        else:
            bounds = " and ".join(f"{sign} {option[key]}" for key, sign in _BOUNDS if key in option)
            name = _TYPES.get(str(option.get("type")), "a value")
            options.append(f"{name} {bounds}".strip())
    return " or ".join(options)
