"""Prompt sets, prompts and sampling plans over HTTP."""

from typing import Any

import pytest
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.corpus.models import Prompt, PromptSet, SamplingPlan
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db
PLAN = {"name": "warm", "strategy": "sample", "temperature": 0.7, "n": 4, "max_new_tokens": 64}


def make_set(cast: Cast, purpose: str = "reward", name: str = "pilot") -> str:
    answer = client_for(cast.admin).post(
        f"/api/v1/projects/{cast.project.id}/prompt-sets",
        {"name": name, "purpose": purpose},
        format="json",
    )
    assert answer.status_code == 201, answer.content
    made: str = answer.json()["id"]
    return made


def add(cast: Cast, prompt_set: str, **body: Any) -> Any:
    return client_for(cast.admin).post(
        f"/api/v1/prompt-sets/{prompt_set}/prompts", body, format="json"
    )


def test_a_name_in_use_makes_the_next_version(cast: Cast) -> None:
    make_set(cast)
    make_set(cast)
    listed = client_for(cast.ml).get(f"/api/v1/projects/{cast.project.id}/prompt-sets").json()
    assert [(row["name"], row["version"]) for row in listed["results"]] == [
        ("pilot", 2),
        ("pilot", 1),
    ]
    assert listed["results"][0]["language"] == "en"


def test_a_prompt_is_a_text_or_a_chat_and_in_a_set_once(cast: Cast) -> None:
    prompt_set = make_set(cast)
    assert add(cast, prompt_set, text=" Why is the sky blue?\n").status_code == 201
    chat = [{"content": " Why is the sky blue?\n", "role": "user"}]
    again = add(cast, prompt_set, messages=chat)
    assert (again.status_code, again.json()["code"]) == (409, "prompt_once_per_set")
    chat.append({"role": "assistant", "content": ""})
    assert add(cast, prompt_set, messages=chat, reference="Rayleigh").status_code == 201
    rows = client_for(cast.ml).get(f"/api/v1/prompt-sets/{prompt_set}/prompts").json()["results"]
    assert [row["messages"] for row in rows] == [chat, chat[:1]]
    assert [row["is_plain"] for row in rows] == [False, True]
    shown = client_for(cast.ml).get(f"/api/v1/prompt-sets/{prompt_set}").json()
    assert shown["prompt_count"] == 2
    assert AuditEvent.objects.filter(action="prompt.created").count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "a", "messages": [{"role": "user", "content": "a"}]},
        {"messages": []},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "robot", "content": "a"}]},
        {"messages": [{"role": "user", "content": "a", "name": "b"}]},
        {"messages": "a"},
        {"text": "a", "split": "train"},
        {"text": 7.5, "is_plain": True},
    ],
)
def test_a_malformed_prompt_is_refused(cast: Cast, body: dict[str, Any]) -> None:
    prompt_set = make_set(cast)
    assert add(cast, prompt_set, **body).status_code == 400
    assert Prompt.objects.count() == 0


def test_a_prompt_is_on_one_side_of_the_loop(cast: Cast) -> None:
    reward, rl = make_set(cast, "reward"), make_set(cast, "rl", "policy prompts")
    evaluation = make_set(cast, "evaluation", "held out")
    assert add(cast, reward, text="a").status_code == 201
    refused = add(cast, rl, text="a")
    assert (refused.status_code, refused.json()["code"]) == (409, "prompt_on_one_side_only")
    assert add(cast, evaluation, text="a").status_code == 201
    assert add(cast, rl, text="b").status_code == 201


def test_prompts_are_found_by_their_text(cast: Cast) -> None:
    prompt_set = make_set(cast)
    for text in ("Write about rain.", "写一首关于雨的诗", "100% sure_"):
        add(cast, prompt_set, text=text)

    def found(search: str) -> list[str]:
        answer = client_for(cast.ml).get(
            f"/api/v1/prompt-sets/{prompt_set}/prompts", {"search": search}
        )
        return [row["messages"][0]["content"] for row in answer.json()["results"]]

    assert found("RAIN") == ["Write about rain."]
    assert found("关于雨") == ["写一首关于雨的诗"]
    assert found("0% s") == ["100% sure_"]
    assert found("nothing like it") == []


def test_a_set_of_a_used_name_is_its_next_version_for_the_same_purpose_alone(cast: Cast) -> None:
    url = f"/api/v1/projects/{cast.project.id}/prompt-sets"
    ask = {"name": "Questions", "purpose": "reward"}
    made = [client_for(cast.admin).post(url, ask, format="json") for _ in range(2)]
    assert [one.json()["version"] for one in made] == [1, 2]
    for retired in (False, True):
        PromptSet.objects.update(retired_at=timezone.now() if retired else None)
        other = client_for(cast.admin).post(url, ask | {"purpose": "rl"}, format="json")
        assert (other.status_code, other.json()["code"]) == (422, "other_purpose")
        (error,) = other.json()["errors"]
        assert (error["field"], error["rule"]) == ("purpose", "other_purpose")
        assert error["message"] == ("The prompt set 'Questions' stands for 'reward', not for 'rl'.")
    assert PromptSet.objects.count() == 2


def test_a_sampling_plan_keeps_what_it_was_made_with(cast: Cast) -> None:
    url = f"/api/v1/projects/{cast.project.id}/sampling-plans"
    made = client_for(cast.ml).post(url, PLAN, format="json")
    assert made.status_code == 201, made.content
    assert {key: made.json()[key] for key in PLAN} == PLAN
    assert made.json()["top_p"] == 1.0
    again = client_for(cast.ml).post(url, PLAN, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    (error,) = again.json()["errors"]
    assert (error["field"], error["rule"]) == ("name", "name_taken")
    assert error["message"] == "There is a plan 'warm' already."
    assert [row["name"] for row in client_for(cast.admin).get(url).json()["results"]] == ["warm"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"n": 65}, 400),
        ({"temperature": 0}, 400),
        ({"top_p": 1.1}, 400),
        ({"seed": 2**63}, 400),
        ({"temperature": "NaN"}, 400),
        ({"strategy": "greedy"}, 422),
        ({"strategy": "beam", "num_beams": 3}, 422),
        ({"num_beams": 2}, 422),
    ],
)
def test_plans_that_make_no_sense_are_refused(
    cast: Cast, change: dict[str, Any], status: int
) -> None:
    url = f"/api/v1/projects/{cast.project.id}/sampling-plans"
    answer = client_for(cast.ml).post(url, PLAN | change, format="json")
    assert answer.status_code == status, answer.content
    assert not SamplingPlan.objects.exists()


def test_the_overview_counts_what_is_there(cast: Cast) -> None:
    prompt_set = make_set(cast)
    add(cast, prompt_set, text="a")
    numbers = client_for(cast.reviewer).get(f"/api/v1/projects/{cast.project.id}/overview").json()
    assert numbers["prompts"] == 1
    assert numbers["people"] == 5
    assert numbers["rankings"] == numbers["completions"] == numbers["items_open"] == 0
    url = f"/api/v1/projects/{cast.project.id}/overview"
    assert client_for(cast.labeler).get(url).status_code == 403
