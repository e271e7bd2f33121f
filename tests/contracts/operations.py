"""The operations of the OpenAPI document, each with a body that fits it, to be spoilt by tests."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID, uuid4

from drf_spectacular.generators import SchemaGenerator

from annotation.corpus.models import Prompt
from annotation.quality.models import PracticeItem
from tests.contracts.routes import Route, World, api_routes

Json = dict[str, Any]
# Names in bodies and queries that stand for a thing of the world.
THINGS = {
    "prompt_set": "prompt_set_id",
    "snapshot": "snapshot_id",
    "policy_version": "version_id",
    "lease_token": "lease_token",
}
# Properties that exclude others or name things of another kind than the world has.
LEFT_OUT = {
    # a launch is one of the files that a deployment offers
    "runs_create": {
        "reward_version",
        "plan",
        "prompt_set",
        "waits_for",
        "make_items",
        "launch",
    },
    "runs_estimate": {"reward_version", "plan", "prompt_set", "waits_for", "make_items"},
    "prompts_create": {"text"},
    "prompts_edit": {"text"},
    "prompt_acts_create": {"ids", "tags", "expected"},
    "prompt_templates_preview": {"source"},
    "prompt_templates_fill": {"source"},
    "review_adjudicate": {
        "accepted",
        "withdraw",
        "tiers",
        "unplaced",
        "unacceptable_below",
        "notes",
    },
    "rounds_update": {
        "sample_run",
        "snapshot_run",
        "sft_run",
        "reward_run",
        "check_run",
        "ppo_run",
        "evaluate_run",
    },
    "round_plan_save": {
        "pick_config",
        "evaluation_set",
        "at",
        "least_win_rate",
        "least_campaign_win_rate",
    },
    "radar_settings_save": {"reward_quantile", "kl_quantile", "disagreement_quantile"},
    "groups_create": {"members"},
    "work_change": {"items", "reserved_for"},
    "groups_change": {"members"},
    "labelers_change": {"groups", "languages"},
    "submissions_update": {
        "text",
        "supersedes",
        "cannot_judge",
        "unplaced",
        "notes",
        "flags",
        "spans",
        "reading",
        "better_answer",
    },
}


@cache
def document() -> Json:
    """The OpenAPI document of the code as it stands."""
    found: Json = SchemaGenerator().get_schema(request=None, public=True)
    return found


@dataclass(frozen=True)
class Operation:
    """One method of one route, as the document describes it."""

    route: Route
    method: str
    described: Json

    @property
    def name(self) -> str:
        found: str = self.described["operationId"]
        return found

    @property
    def body(self) -> Json | None:
        """The schema of the JSON body; None when there is none."""
        content = self.described.get("requestBody", {}).get("content", {})
        found = content.get("application/json", {}).get("schema")
        return None if found is None else resolved(found)

    def fitting_body(self, world: World) -> Json:
        """A body that passes the first look."""
        left_out = LEFT_OUT.get(self.name, set())
        body = fitting_object(self.body or {}, world)
        body = {name: value for name, value in body.items() if name not in left_out}
        if self.name == "submissions_update":
            first, second, *rest = world.shown
            body |= {
                "tiers": [[second], [first, *rest]],
                "direct": [{"better": second, "worse": first, "is_tie": False, "strength": 1}],
                "grades": {first: {"overall": 3}},
            }
        if self.name == "round_plan_save":
            body |= world.round_plan
        if self.name == "rounds_answer":
            body |= {"decision": "close", "question": None, "words": "Enough.", "step": "reward"}
        if self.name == "campaigns_begin":
            body |= world.campaign
        if self.name == "sampling_mixes_create":
            row = {"policy": "promoted", "policy_version": None, "plan": world.sampling_plan}
            body["rows"] = [{**row, "count": 2}]
        if self.name == "mix_draws_create":
            prompt = Prompt.objects.get(id=world.values["prompt_id"])
            body["prompt_set"] = str(prompt.prompt_set_id)
        if self.name == "me_change":
            body["preferences"] |= {"break_minutes": 50, "keys": {"next": "n"}}
        if self.name == "practice_answer":
            item = PracticeItem.objects.get(id=world.values["practice_item_id"])
            body["tiers"] = [[one["id"]] for one in item.completions]
        if self.name == "practice_items_create":
            body |= {"item": None, "completions": ["Good", "Bad"], "expected": [[0], [1]]}
        if self.name.startswith("prompt_templates_") and "version" in body:
            body |= {"version": str(world.template_version), "table": "place\nhere"}
        if self.name == "review_adjudicate":
            body["outcome"] = "another_opinion"
        if self.name == "bulk_acts_begin":
            body |= {"of": "ranking", "filter": {"labeler": str(world.labeler.id)}}
        if self.name in ("relabel_propose", "relabel_plans_begin"):
            body |= {"old": 2, "new": 3}
        if self.name in ("gold_create", "gold_orders_create"):
            body["expected"] = [[0], [1]]
        if self.name == "gold_create":
            body |= {"item": None, "completions": ["Good", "Bad"]}
        if self.name == "datasets_start":
            body |= {"validation_fraction": 0.1, "cut_off": "2025-01-01T00:00:00Z"}
            body["reliability_estimate"] = None
        if self.name == "invitations_make":
            body["groups"] = []
        if self.name == "overlap_change":
            body |= {"risk": 0.25, "group": None}
        if self.name in ("webhooks_add", "webhooks_change"):
            body["url"] = "https://receiver.example/hook"
        if self.name == "slots_report":
            body["completion"] = world.shown[0]
        if self.name == "chat_settings_change":
            body |= {"enabled": False, "plan": None}
        if self.name == "trials_create":
            body["policies"], body["rewards"] = [str(world.values["version_id"])], []
            body["messages"][0]["role"] = "user"
            body["decoding"] |= {"strategy": "greedy", "num_beams": 1}
        if self.name == "runs_create":
            body |= {"kind": "reward", "config": {}}
        return body

    @property
    def query(self) -> list[str]:
        return [one["name"] for one in self.described.get("parameters", []) if one["in"] == "query"]


def operations() -> list[Operation]:
    """All of them."""
    routes = {re.sub(r"<\w+:(\w+)>", r"{\1}", f"/{route.path}"): route for route in api_routes()}
    return [
        Operation(routes[path], method.upper(), described)
        for path, methods in document()["paths"].items()
        for method, described in methods.items()
    ]


def resolved(schema: Json) -> Json:
    """The schema behind references and single-element unions."""
    while True:
        if "$ref" in schema:
            part: Any = document()
            for name in schema["$ref"].removeprefix("#/").split("/"):
                part = part[name]
            schema = part
        elif found := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
            schema = found[0]
        else:
            return schema


def fitting(schema: Json, world: World, name: str = "", depth: int = 0) -> Any:
    """A value that fits the schema, naming things of the world where the name says so."""
    schema = resolved(schema)
    if name in THINGS:
        return str(world.values[THINGS[name]])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = kind[0]
    if kind == "object" or "properties" in schema:
        return fitting_object(schema, world, depth)
    if kind == "array":
        return [
            fitting(schema["items"], world, name, depth + 1)
            for _ in range(schema.get("minItems", 1 if depth < 4 else 0))
        ]
    plain: Json = {
        "integer": max(1, int(schema.get("minimum", 1))),
        "number": max(1.0, float(schema.get("minimum", 1))),
        "boolean": True,
        "string": _text(schema, name),
    }
    return plain.get(kind or "", "text")


def fitting_object(schema: Json, world: World, depth: int = 0) -> Json:
    """An object with every property the schema names."""
    return {
        name: fitting(part, world, name, depth + 1)
        for name, part in schema.get("properties", {}).items()
        if not resolved(part).get("readOnly")
    }


def _text(schema: Json, name: str) -> str:
    forms = {
        "uuid": str(UUID(int=uuid4().int)),
        "date-time": "2030-01-01T00:00:00Z",
        "email": "somebody@example.org",
        "uri": "https://example.org/",
    }
    return forms.get(schema.get("format", ""), f"{name or 'text'} x"[: schema.get("maxLength", 99)])


def fields(schema: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every property, into nested objects and the first element of lists."""
    schema = resolved(schema)
    for name, part in schema.get("properties", {}).items():
        yield (*path, name)
        inner = resolved(part)
        if inner.get("type") == "array":
            yield (*path, name, 0)
            yield from fields(inner["items"], (*path, name, 0))
        else:
            yield from fields(inner, (*path, name))


def spoilt(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of the body with another value at that place."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(body, dict):
        return body | {str(first): spoilt(body.get(str(first), {}), rest, value)}
    if isinstance(body, list) and isinstance(first, int) and first < len(body):
        return [*body[:first], spoilt(body[first], rest, value), *body[first + 1 :]]
    return value
