"""Datasets: the same snapshot gives the same bytes, every number of the card follows from the files, and
what TRL reads is what people said."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow.parquet as pq
import pytest
from django.db import connection
from django.utils import timezone

from annotation.accounts.models import AuditEvent
from annotation.delivery.datasets.build import Options, build
from annotation.delivery.datasets.rows import pairs as pairs_of
from annotation.delivery.models import Export
from annotation.labeling.exports import pseudonym
from annotation.labeling.models import Item, Ranking
from annotation.labeling.services import withdraw_ranking
from annotation.lib.errors import Invalid
from annotation.projects.models import Membership, Project
from annotation.quality.consensus import VERSION
from annotation.quality.models import Alarm, QualityReport
from annotation.registry import store
from annotation.runs.models import Run
from annotation.runs.services import create_run
from rewardmodel.check_export import differences
from rewardmodel.rankings import pairs, ranking_from_json
from tests.annotation.labeling.work import Labeling, ids, ranking_item
from tests.annotation.quality.review.orders import frozen_keys
from tests.annotation.runs.judgments import add_demonstration, add_rankings
from tests.cast import Cast, client_for
from tests.workers import harness
from tests.workers.test_weighted_snapshots import estimate
from workers.supervisor import drive

ALL = {
    "parts": ["rankings", "pairs", "pairs_plain", "demonstrations", "consensus"],
    "files": ["parquet", "jsonl"],
}


def start(cast: Cast, **wish: Any) -> Run:
    """A dataset asked for by an admin and written by the worker's own code in this process."""
    address = f"/api/v1/projects/{cast.project.id}/datasets"
    answer = client_for(cast.admin).post(address, {**ALL, **wish}, format="json")
    assert answer.status_code == 202, answer.content
    run = Run.objects.get(id=answer.json()["run"])
    assert drive(run.id) == "ended"
    run.refresh_from_db()
    assert run.status == "succeeded", harness.story(run)
    return run


def dataset(cast: Cast, **wish: Any) -> tuple[Export, Path]:
    made = Export.objects.get(run=start(cast, **wish))
    return made, store.verified(made.artifact)


def rows(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        return list(pq.read_table(path).to_pylist())
    return [json.loads(line) for line in path.read_text().splitlines()]


def everything(folder: Path, part: str) -> list[dict[str, Any]]:
    found = [rows(path) for path in sorted((folder / part).glob("*.parquet"))]
    return [row for part_of_split in found for row in part_of_split]


def test_the_same_snapshot_gives_the_same_bytes_whenever_and_wherever_it_is_written(
    people: Cast, tmp_path: Path
) -> None:
    given = add_rankings(people, 8)
    add_demonstration(people, "An ideal answer.")
    first, folder = dataset(people)
    withdraw_ranking(actor=people.admin, ranking=given[0], reason="a mistake")
    again, _ = dataset(people, snapshot=str(first.snapshot_id))
    assert again.artifact_id == first.artifact_id
    assert set(first.artifact.files) == {"README.md", "card.json"} | {
        f"{part}/{split}.{kind}"
        for part in ALL["parts"] for kind in ALL["files"]
        for split in ("train", "validation") if (folder / part / f"{split}.{kind}").exists()
    }  # fmt: skip
    snapshot = store.verified(first.snapshot.artifact)
    code = (
        "import django; django.setup()\nimport sys\nfrom pathlib import Path\n"
        "from annotation.delivery.datasets.build import PARTS, Options, build\n"
        "build(Path(sys.argv[1]), Path(sys.argv[2]), Options(parts=PARTS, files=('parquet', 'jsonl')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(snapshot), str(tmp_path / "there")],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "annotation.settings"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name, sha256 in first.artifact.files.items():
        assert store.sha256_of(tmp_path / "there" / name) == sha256, name


def test_every_number_of_the_card_follows_from_the_files(people: Cast, tmp_path: Path) -> None:
    add_rankings(people, 4)
    for order in ((0, 1, 2), (0, 2, 1)):
        person = people.labeler if order[1] == 1 else people.second_labeler
        if order[1] == 1:
            item = ranking_item(people.project, k=3, needed=2)
        worker = Labeling(person, people.project)
        work = worker.work()
        texts = sorted(ids(work))
        assert worker.submit(work, tiers=[[texts[n]] for n in order]).status_code == 201
    assert Ranking.objects.filter(item=item).count() == 2
    add_demonstration(people, "An ideal answer.")
    _, folder = dataset(people)
    card = json.loads((folder / "card.json").read_text())
    # 6 + (1 + 2) + 0 + (5 ties, 1 direct) + 3 + 3 pairs; the two agree on two of three
    assert (card["counts"]["strict_pairs"], card["counts"]["tied_pairs"]) == (6 + 2 + 1 + 6, 1 + 5)
    (twice,) = [row for row in everything(folder, "consensus") if row["judgments"] == 2]
    low, also_low, high = sorted(twice["scores"])
    assert low == also_low < 0 < high  # both put one first, and each another second
    assert (card["agreement"]["agreeing"], card["agreement"]["pairs"]) == (2, 3)
    assert card["counts"]["rankings"] == 6
    assert card["guidelines"][0]["text"] == "Be helpful, be honest."
    assert differences(folder) == []
    assert card["quality"]["bias"] is None
    assert card["quality"]["control"]["gold"]["items"] == 0
    copy = tmp_path / "copy"
    build(store.verified(Export.objects.get().snapshot.artifact), copy, Options())
    text = (copy / "card.json").read_text()
    (copy / "card.json").write_text(text.replace('"rankings": 6', '"rankings": 7'))
    assert differences(copy) == ["rankings: the card says 7, the files say 6"]
    (copy / "demonstrations" / "train.parquet").write_bytes(b"") if (
        copy / "demonstrations" / "train.parquet"
    ).exists() else (copy / "demonstrations" / "validation.parquet").unlink()
    assert any(fault.startswith("demonstrations/") for fault in differences(copy))


def test_pairs_are_those_that_training_derives_and_ties_go_as_asked(people: Cast) -> None:
    add_rankings(people, 4)
    made, folder = dataset(people)
    snapshot = store.verified(made.snapshot.artifact)
    for line in rows(snapshot / "rankings.jsonl"):
        ours = [(p.better, p.worse, p.tie, p.direct, p.gap) for p in pairs_of(line)]
        theirs = pairs(ranking_from_json(line))
        assert ours == [(p.better, p.worse, p.tie, p.direct, p.rank_gap) for p in theirs]
    dropped = everything(folder, "pairs")
    assert len(dropped) == 6 + 2 + 1
    row = dropped[0]
    assert row["prompt"][0]["role"] == "user"
    assert row["chosen"] == [{"role": "assistant", "content": row["chosen"][0]["content"]}]
    plain = everything(folder, "pairs_plain")[0]
    assert (plain["id"], plain["chosen"]) == (row["id"], row["chosen"][0]["content"])
    _, folder = dataset(people, snapshot=str(made.snapshot_id), ties="half", margin="tiers")
    halved = everything(folder, "pairs")
    assert len(halved) == 9 + 2 * 6
    assert {one["weight"] for one in halved if one["tie"]} == {0.5}
    assert {one["margin"] for one in halved} == {0.0, 1.0, 2.0, 3.0}


def test_people_are_pseudonyms_and_origins_can_be_left_out(people: Cast) -> None:
    add_rankings(people, 1)
    _, folder = dataset(people, with_origin=False, filter={"labeler": str(people.labeler.id)})
    everywhere = "".join(
        str(rows(path)) if path.suffix == ".parquet" else path.read_text()
        for path in folder.rglob("*") if path.is_file()
    )  # fmt: skip
    assert pseudonym(people.project.id, people.labeler.id) in everywhere
    for told in (str(people.labeler.id), "secret-system"):
        assert told not in everywhere


def test_what_is_left_out_is_counted_and_a_filter_freezes_what_it_finds(people: Cast) -> None:
    given = add_rankings(people, 6)
    with connection.cursor() as cursor:  # in life an item is born as what it is
        cursor.execute("ALTER TABLE labeling_item DISABLE TRIGGER labeling_item_frozen")
        Item.objects.filter(pk=given[0].item_id).update(control="gold")
        cursor.execute("ALTER TABLE labeling_item ENABLE TRIGGER labeling_item_frozen")
    withdraw_ranking(actor=people.admin, ranking=given[1], reason="a mistake")
    made, folder = dataset(people)
    card = json.loads((folder / "card.json").read_text())
    assert card["exclusions"]["considered"] == 6
    told = card["exclusions"]["left_out"]
    assert (told["gold"], told["withdrawn"], told["surplus"], told["repeats"]) == (1, 1, 0, 0)
    assert made.snapshot.counts["rankings"] == 4
    kept, _ = dataset(people, include=["gold"])
    assert kept.snapshot.counts["rankings"] == 5
    for kind in ("sft", "reward", "dpo"):
        with pytest.raises(Invalid) as caught:
            create_run(project=people.project, kind=kind, snapshot=kept.snapshot)
        (error,) = caught.value.details["errors"]
        assert error["field"] == "snapshot"
        assert "holds gold items or repeats, which nothing is trained on" in error["message"]
    cut, _ = dataset(people, filter={"cut": True})
    assert cut.snapshot.counts["rankings"] == 1
    assert cut.snapshot.query["filter"] == {"cut": True}


def test_weights_and_review_are_in_the_files_and_what_was_known_of_quality_in_the_card(
    people: Cast,
) -> None:
    (first,) = add_rankings(people, 1)
    add_rankings(people, 1, labeler=people.second_labeler)
    chosen = estimate(people, 0.5)
    now = timezone.now()
    effect = {"value": 3.0, "interval": [1.0, 5.0], "pairs": 12}
    QualityReport.objects.filter(pk=chosen.report_id).update(
        finished_at=now, cut_off=now, judgments=2,
        body={"position": {"earlier": effect}, "style": None},
    )  # fmt: skip
    Project.objects.filter(pk=people.project.pk).update(pass_mark=80)
    Membership.objects.filter(user=people.second_labeler).update(qualified_at=now)
    Alarm.objects.create(
        project=people.project, rule="ties", labeler=people.second_labeler, evidence={},
        first_report=chosen.report, last_report=chosen.report,
    )  # fmt: skip
    keys = [str(key) for key in frozen_keys(first.item)]
    decided = client_for(people.reviewer).put(
        f"/api/v1/items/{first.item_id}/adjudications/{uuid4()}",
        {"outcome": "ordered", "tiers": [keys[:2], keys[2:]]},
        format="json",
    )
    assert decided.status_code == 201, decided.content
    _, folder = dataset(people, reliability_estimate=str(chosen.pk), adjudicated="added")
    assert differences(folder) == []
    ranked = everything(folder, "rankings")
    assert sorted(row["judge"] for row in ranked) == ["adjudication", "human", "human"]
    assert Counter(row["weight"] for row in everything(folder, "pairs")) == {0.5: 6, 1.0: 6 + 4}
    one = next(row for row in everything(folder, "consensus") if row["judgments"] == 2)
    assert (one["method"], one["judges"]) == (VERSION, 2)
    assert sum(one["scores"][:2]) > sum(one["scores"][2:])  # the reviewer weighs twice as much
    quality = json.loads((folder / "card.json").read_text())["quality"]
    assert quality["bias"]["effects"]["shown_earlier"]["points"] == 3.0
    told = {
        name: quality["exclusions"][name]["rankings"]
        for name in ("unqualified", "alarmed", "either")
    }
    assert told == {"unqualified": 1, "alarmed": 1, "either": 2}
    assert quality["adjudications"] == {"items": 1, "outcomes": {"ordered": 1}}
    readme = (folder / "README.md").read_text()
    assert "| shown earlier | +3.0 | +1.0 to +5.0 |" in readme
    assert "| either | 2 | 2 | 100.0% |" in readme


def test_files_are_downloaded_whole_or_from_any_position_by_those_who_may(
    people: Cast, tmp_path: Path
) -> None:
    add_rankings(people, 4)
    made, folder = dataset(people)
    client = client_for(people.ml)
    name = next(name for name in made.artifact.files if name.startswith("rankings/"))
    address = f"/api/v1/datasets/{made.id}/files/{name}"
    whole = (folder / name).read_bytes()
    assert b"".join(client.get(address)) == whole
    for header, part in (
        ("bytes=5-9", whole[5:10]),
        ("bytes=100-", whole[100:]),
        ("bytes=-7", whole[-7:]),
    ):
        answer = client.get(address, headers={"Range": header})
        assert (answer.status_code, b"".join(answer)) == (206, part)
    assert client.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416
    archive = f"/api/v1/datasets/{made.id}/archive"
    packed = b"".join(client.get(archive))
    assert packed[:600] + b"".join(client.get(archive, headers={"Range": "bytes=600-"})) == packed
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(tmp_path)
    assert differences(next(tmp_path.glob("dataset-*"))) == []
    assert client.get(f"/api/v1/datasets/{made.id}/files/../manifest.json").status_code == 404
    assert client_for(people.labeler).get(address).status_code == 403
    assert client_for(people.outsider).get(address).status_code == 404
    assert AuditEvent.objects.filter(action="dataset.downloaded").count() >= 2


def test_the_front_matter_names_the_files_of_every_part(people: Cast) -> None:
    yaml = pytest.importorskip("yaml")
    add_rankings(people, 4)
    client = client_for(people.admin)
    licence = f"/api/v1/projects/{people.project.id}/licence"
    assert client.put(licence, {"name": "cc-by-4.0"}, format="json").status_code == 200
    _, folder = dataset(people, parts=["pairs"], files=["parquet"])
    front = yaml.safe_load((folder / "README.md").read_text().split("---")[1])
    assert front["license"] == "cc-by-4.0"
    (config,) = front["configs"]
    assert config["config_name"] == "pairs"
    for each in config["data_files"]:
        assert (folder / each["path"]).is_file()
