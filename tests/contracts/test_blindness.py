"""No answer that a labeler can get says where a completion came from, how it was drawn or how long it is.

Completions carry tell-tale marks in every field that tells of them; then a labeler does everything a
labeler can, and the marks and the fields' names are looked for in whatever comes back.
"""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from annotation.corpus.models import Completion, Prompt, SamplingPlan
from annotation.labeling import services
from annotation.labeling.models import Presentation, Ranking
from annotation.registry.models import Artifact, ModelVersion
from tests.annotation.labeling.work import Labeling, add_prompt, ids
from tests.cast import Cast, client_for
from tests.contracts.routes import Route, api_routes, own_world

pytestmark = pytest.mark.django_db

MARK = "tell-tale"
TOKENS = 98_765_431  # a count that stands nowhere else
NAMES = {
    "origin",
    "system",
    "systems",
    "source",
    "source_id",
    "policy_version",
    "policy_version_id",
    "version",
    "model",
    "plan",
    "plan_id",
    "sample_index",
    "temperature",
    "strategy",
    "finish_reason",
    "token_count",
    "tokens",
    "length",
    "text_hash",
    "import_key",
    "author",
    "author_id",
    "meta",
    "seed",
    "position",
    "order",
    "is_gold",
    "repeat_of",
    "priority",
    "scores",
    "reward",
}
# The form of the API and the settings that runs have in general: they say nothing of any project.
NOT_ABOUT_ANSWERS = {"api/v1/schema", "api/v1/run-kinds"}


@pytest.fixture
def marked(cast: Cast) -> Prompt:
    """An item whose answers come from a policy, an import and a person, and say so in every field."""
    prompt = add_prompt(cast.project, "Who wrote this?")
    artifact = Artifact.objects.create(digest="ef" * 32, bytes=1, files={})
    version = ModelVersion.objects.create(
        project=cast.project, kind="policy", number=77, name=f"{MARK}-policy", stage="base",
        artifact=artifact,
    )  # fmt: skip
    plan = SamplingPlan.objects.create(
        project=cast.project, name=f"{MARK}-plan", strategy="sample", n=2, max_new_tokens=8
    )
    common: dict[str, Any] = {"prompt": prompt, "token_count": TOKENS, "finish_reason": "length"}
    drawn = Completion.objects.create(
        origin="policy", policy_version=version, plan=plan, sample_index=7, text="I am GPT-4.",
        shown_text="I am [name].", text_hash=f"{MARK}-1", **common,
    )  # fmt: skip
    taken_in = Completion.objects.create(
        origin="import", import_key=f"{MARK}-key", system=f"{MARK}-system", text="Somebody.",
        text_hash=f"{MARK}-2", meta={"id": f"{MARK}-id"}, **common,
    )  # fmt: skip
    written = Completion.objects.create(
        origin="human", author=cast.admin, text="A person.", text_hash=f"{MARK}-3", **common
    )
    groups = {prompt.id: [drawn, taken_in, written]}
    services.create_ranking_items(project=cast.project, groups=groups, k=3, priority=99)
    return prompt


def test_whatever_a_labeler_does_the_answers_stay_anonymous(cast: Cast, marked: Prompt) -> None:
    labeler = Labeling(cast.labeler, cast.project)
    key, again = uuid4(), uuid4()
    work = labeler.work()
    assert sorted(one["text"] for one in work["completions"]) == [
        "A person.",
        "I am [name].",
        "Somebody.",
    ]
    a, b, c = ids(work)
    opened = None
    answers = {
        "claim": labeler.claim(),
        "draft": labeler.draft(work, 0, {"mine": 1}),
        "stale draft": labeler.draft(work, 0, {"mine": 1}),
        "heartbeat": labeler.heartbeat(work),
        "refused": labeler.submit(work, tiers=[[a]]),
        "stranger": labeler.submit(work, tiers=[[a], [b], [c], [str(uuid4())]]),
        "submission": labeler.submit(work, key, better_answer={"text": "Mine.", "based_on": a}),
        "different": labeler.submit(work, key, note="other"),
        "undo": (undone := labeler.undo(key)),
        "submission again": labeler.submit(undone.json(), again),
        "reopen": (opened := labeler.reopen(again)),
        "slot": labeler.client.get(f"/api/v1/slots/{work['slot_id']}"),
        "history": labeler.client.get(f"/api/v1/projects/{cast.project.id}/my-judgments"),
        "skip": labeler.skip(opened.json()),
    }
    secrets = [MARK, str(TOKENS), "GPT-4", str(Presentation.objects.latest("id").seed)]
    for name, answer in answers.items():
        assert_says_nothing(answer, secrets, name)


def test_nothing_a_labeler_can_read_tells_of_an_answer(cast: Cast, marked: Prompt) -> None:
    world = own_world(cast)
    labeler = Labeling(cast.labeler, cast.project)
    read = 0
    for route in readable():
        answer = labeler.client.get(route.url(world.values))
        if answer.status_code == 200:
            assert_says_nothing(answer, [MARK, str(TOKENS), "GPT-4", "secret-system"], route.path)
            read += 1
    assert read >= 10


def test_reviewers_judge_as_blind(cast: Cast, marked: Prompt) -> None:
    """Of the items and judgments they look into, they are not told who wrote what; admins are."""
    labeler = Labeling(cast.labeler, cast.project)
    assert labeler.submit(labeler.work()).status_code == 201
    ranking = Ranking.objects.get(item__prompt=marked)
    addresses = [f"/api/v1/items/{ranking.item_id}", f"/api/v1/judgments/{ranking.pk}"]
    for address in addresses:
        for secret in (f"{MARK}-policy", f"{MARK}-system", f"{MARK}-plan", '"origin":"policy"'):
            assert secret not in client_for(cast.reviewer).get(address).content.decode(), address
        assert f"{MARK}-policy" in client_for(cast.admin).get(address).content.decode()
    reason = {"reason": "A second look."}
    taken_out = client_for(cast.reviewer).post(
        f"/api/v1/rankings/{ranking.pk}/withdraw", reason, format="json"
    )
    assert taken_out.status_code == 200
    assert MARK not in taken_out.content.decode()


def readable() -> Iterator[Route]:
    """The addresses that a labeler's role opens."""
    for route in api_routes():
        rule = route.access.get("GET")
        if rule is None or route.path in NOT_ABOUT_ANSWERS:
            continue
        if rule.kind == "signed_in" or "labeler" in rule.names:
            yield route


def assert_says_nothing(answer: Any, secrets: list[str], where: str) -> None:
    text = answer.content.decode()
    for secret in secrets:
        assert secret not in text, (where, secret)
    if text and "json" in answer["Content-Type"]:
        told = set(keys_of(json.loads(text))) & NAMES
        assert not told, (where, told)


def keys_of(value: Any) -> Iterator[str]:
    """Every key of every object in it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)
