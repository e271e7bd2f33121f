"""A project made over HTTP, with everybody who works in it signed in."""

from __future__ import annotations

import json
import secrets
import sys
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from workers.demo.campaigns import PURPOSES, Campaign, share_out
from workers.demo.client import ApiError, Client
from workers.demo.labelers import STAFF, Labeler, felt_scores, tiers, write_demonstration
from workers.demo.runs import Engineer, Json, LoopError, Tell, wait_for
from workers.demo.stack import Stack
from workers.demo.text import Prompt

ACTIVE_MS = 20_000  # how long a labeler is said to have looked at an item


@dataclass(slots=True)
class Crew:
    """The project of the closed rounds and its people."""

    campaign: Campaign
    seed: int
    project: str  # its path below the API
    admin: Client
    engineer: Engineer
    labelers: list[tuple[Labeler, Client]]
    sets: dict[str, Json]  # share of the prompts -> prompt set
    plans: dict[str, Json]
    prompts: dict[str, Prompt]  # by text
    give_back: tuple[Client, str]  # whose API token is to be revoked at the end

    def leave(self) -> None:
        """Give the API token back."""
        client, token = self.give_back
        client.delete(f"/tokens/{token}")

    def label_everything(self, turns: int = sys.maxsize) -> dict[str, int]:
        """The labelers take turns until nobody gets any more work, or so many; judgments by kind."""
        done = {"ranking": 0, "demonstration": 0}
        at_work = list(self.labelers)
        while at_work and turns > 0:
            turns -= 1
            for labeler, client in list(at_work):
                assignment = client.post(f"{self.project}/claims")
                if assignment is None:
                    at_work.remove((labeler, client))
                else:
                    self._judge(labeler, client, assignment)
                    done[assignment["item"]["kind"]] += 1
        return done

    def _judge(self, labeler: Labeler, client: Client, assignment: Json) -> None:
        prompt = assignment["prompt"]["messages"][-1]["content"]
        language = self.campaign.language
        body: Json = {"lease_token": assignment["lease_token"], "active_ms": ACTIVE_MS}
        if assignment["item"]["kind"] == "demonstration":
            body["text"] = write_demonstration(labeler, language, self.prompts[prompt], self.seed)
        else:
            texts = {one["id"]: one["text"] for one in assignment["completions"]}
            body["tiers"] = tiers(felt_scores(labeler, language.code, prompt, texts, self.seed))
        slot = assignment["slot_id"]
        key = uuid5(NAMESPACE_URL, f"{slot} {assignment['lease_token']}")
        client.put(f"/slots/{slot}/submissions/{key}", body)


def hire(
    stack: Stack,
    campaign: Campaign,
    seed: int,
    *,
    policy: str,
    needed: int,
    samples: int,
    max_new_tokens: int,
    tell: Tell,
) -> Crew:
    """Start a project with guidelines, prompts and people, and register its first policy."""
    admin = Client(stack.address)
    admin.sign_in(stack.username, stack.password)
    found = _new_project(
        admin,
        f"{campaign.name}: closed rounds, seed {seed}",
        {
            "language": campaign.language.code,
            "description": campaign.description,
            "completions_per_item": samples,
            "judgments_per_item": needed,
        },
    )
    project = f"/projects/{found['id']}"
    admin.post(f"{project}/guidelines", {"text": campaign.guidelines})
    shares = share_out(campaign.language, seed)
    for share, name in campaign.set_names.items():
        _import_prompts(admin, project, share, name, shares[share])
    named = {one["name"]: one for one in admin.pages(f"{project}/prompt-sets")}
    plans = {
        name: admin.post(
            f"{project}/sampling-plans",
            {
                "name": f"Demonstration: {name}",
                "strategy": "sample",
                "temperature": 1.0,
                "n": samples,
                "max_new_tokens": max_new_tokens,
                "seed": seed,
            },
        )
        for name in ("ranking", "measuring")
    }
    labelers = [(one, _member(stack, admin, project, one.username, "labeler")) for one in STAFF]
    session = _member(stack, admin, project, "demo.engineer", "ml")
    token = session.post(
        "/tokens", {"name": "closed rounds", "scopes": ["read", "train"], "days": 1}
    )
    stack.manage(
        *("register_version", policy, "--project", found["name"]),
        *("--name", campaign.policy_name, "--promote"),
    )
    return Crew(
        campaign=campaign,
        seed=seed,
        project=project,
        admin=admin,
        engineer=Engineer(Client(stack.address, token=token["secret"]), project, tell),
        labelers=labelers,
        sets={share: named[name] for share, name in campaign.set_names.items()},
        plans=plans,
        prompts={prompt.text: prompt for listed in shares.values() for prompt in listed},
        give_back=(session, token["id"]),
    )


def _new_project(admin: Client, name: str, settings: Json) -> Json:
    """A project of that name, or of that name and a number."""
    for attempt in range(1, 100):
        wish = name if attempt == 1 else f"{name} ({attempt})"
        try:
            made: Json = admin.post("/projects", {"name": wish, **settings})
            return made
        except ApiError as error:
            if error.status != 409:
                raise
    raise LoopError(f"a hundred projects named {name!r} exist already")


def _import_prompts(
    admin: Client, project: str, share: str, name: str, prompts: list[Prompt]
) -> None:
    rows = (
        {"id": f"{share}-{number}", "prompt": prompt.text, "source": "tiebreak-demo"}
        for number, prompt in enumerate(prompts, 1)
    )
    run = admin.upload(
        f"{project}/imports",
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode(),
        kind="prompts",
        prompt_set_name=name,
        purpose=PURPOSES[share],
        filename=f"{share}.jsonl",
    )
    wait_for(admin, run)


def _member(stack: Stack, admin: Client, project: str, name: str, role: str) -> Client:
    """A new person, signed in as browsers do.

    On a running installation an earlier course left people behind whose passwords nobody kept:
    the name is made new each time.
    """
    username, password = f"{name}.{secrets.token_hex(3)}", secrets.token_urlsafe(16)
    admin.post(
        f"{project}/members",
        {
            "username": username,
            "display_name": name.rpartition(".")[2].title(),
            "password": password,
            "roles": [role],
        },
    )
    client = Client(stack.address)
    client.sign_in(username, password)
    return client
