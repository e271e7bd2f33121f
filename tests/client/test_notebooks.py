"""The notebooks of the documentation run as they are written, cell after cell, against the real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.labeling.models import Item, Ranking
from annotation.projects.models import Membership, Role
from annotation.registry.models import ModelVersion
from tests.cast import Cast
from tests.client.conftest import token_of
from tests.e2e.server import Server
from workers.demo.campaigns import CAMPAIGNS

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


def cells(path: Path) -> list[str]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert all(not one.get("outputs") for one in found), "notebooks are kept without outputs"
    return ["".join(one["source"]) for one in found if one["cell_type"] == "code"]


@pytest.mark.usefixtures("at_work", "policy")
def test_the_way_from_a_file_to_a_reward_model(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # as under `make up`: the project is called so, and nobody is both admin and ML engineer
    cast.project.name = CAMPAIGNS[0].name
    cast.project.save(update_fields=["name"])
    Membership.objects.filter(user=cast.ml, role=Role.ADMIN).delete()
    monkeypatch.setenv("TIEBREAK_URL", server.url)
    monkeypatch.setenv("TIEBREAK_ADMIN_TOKEN", token_of(cast.admin, "read", "manage"))
    monkeypatch.setenv("TIEBREAK_TOKEN", token_of(cast.ml, "read", "train"))
    monkeypatch.delenv("TIEBREAK_PROJECT", raising=False)
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells(FOLDER / "reward-model.ipynb")):
        exec(compile(cell, f"cell {number}", "exec"), names)
    assert Item.objects.filter(prompt__prompt_set__name="notebook", is_imported=False).count() == 3
    assert Ranking.objects.count() == 20
    version = ModelVersion.objects.get(kind="reward")
    assert version.made_by.snapshot.counts["rankings"] == 20
    assert "succeeded" in capsys.readouterr().out
