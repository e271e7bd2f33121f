"""The artifact store takes nothing that runs, points elsewhere or changed on the way."""

from __future__ import annotations

import json
import shutil
import struct
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.accounts.models import AuditEvent
from annotation.lib.errors import Conflict
from annotation.registry import inspection, store
from annotation.registry.models import Artifact, ModelVersion
from annotation.registry.services import add_served, promote, register_version, retire
from annotation.registry.store import ArtifactDamaged, ArtifactRefused, path_of
from tests.annotation.registry.models import write_model
from tests.cast import Cast, client_for
from tests.shared import shared

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(settings: object, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "store"  # type: ignore[attr-defined]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_model(tmp_path / "model")


def refused(folder: Path) -> str:
    with pytest.raises(ArtifactRefused) as caught:
        store.ingest(folder)
    assert not any(store.path_of("0" * 64).parents[1].glob("*")), "nothing may be left behind"
    return caught.value.message


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "model.pt", "x.pkl", "modeling.py", "a.pth", "weights.h5", "noext"],
)
def test_files_that_could_carry_code_are_refused(model: Path, name: str) -> None:
    (model / name).write_bytes(b"cos\nsystem\n(S'touch canary'\ntR.")
    assert name in refused(model)


@pytest.mark.parametrize("name", [".hidden.json", "a\nb.json", "a\\b.json"])
def test_odd_names_are_refused(model: Path, name: str) -> None:
    (model / name).write_text("{}")
    assert "not an acceptable name" in refused(model)


def test_a_link_is_refused_wherever_it_points(model: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text("{}")
    (model / "linked.json").symlink_to(outside)
    assert "link" in refused(model)
    (model / "linked.json").unlink()
    (model / "folder").symlink_to(tmp_path)
    assert "link" in refused(model)
    (model / "folder").unlink()
    alias = tmp_path / "alias"
    alias.symlink_to(model)
    assert "not a directory" in refused(alias)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "0" * 63, "G" * 64, "/" * 64, ""])
def test_only_a_digest_leads_into_the_store(digest: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        store.path_of(digest)


def test_the_same_content_has_the_same_digest_and_is_kept_once(model: Path, tmp_path: Path) -> None:
    twin = write_model(tmp_path / "twin")
    other = write_model(tmp_path / "other", weight=1.5)
    first, second, third = store.ingest(model), store.ingest(twin), store.ingest(other)
    assert first.digest == second.digest != third.digest
    store.remember(first)
    store.remember(second)
    assert Artifact.objects.count() == 1
    assert store.verified(Artifact.objects.get()).is_dir()


def test_a_changed_missing_or_added_file_is_noticed_before_loading(model: Path) -> None:
    artifact = store.remember(store.ingest(model))
    weights = store.path_of(artifact.digest) / "model.safetensors"
    content = weights.read_bytes()
    weights.chmod(0o600)
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ArtifactDamaged, match=r"model\.safetensors"):
        store.verified(artifact)
    weights.write_bytes(content)
    store.verified(artifact)
    extra = store.path_of(artifact.digest) / "extra.json"
    extra.write_text("{}")
    with pytest.raises(ArtifactDamaged, match=r"extra\.json"):
        store.verified(artifact)
    extra.unlink()
    weights.unlink()
    with pytest.raises(ArtifactDamaged, match=r"model\.safetensors"):
        store.verified(artifact)


def test_a_header_that_lies_about_the_file_is_refused(model: Path) -> None:
    weights = model / "model.safetensors"
    good = weights.read_bytes()
    tensor = {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}

    def with_header(header: object, body: bytes = b"\0" * 12) -> bytes:
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + body

    for content in (
        b"",
        good[:7],
        good[:-1],
        good + b"x",
        struct.pack("<Q", 2**62) + good[8:],
        with_header({"w": {**tensor, "shape": [4]}}),
        with_header({"w": {**tensor, "shape": [-3]}}),
        with_header({"w": {**tensor, "dtype": "PICKLE"}}),
        with_header({"w": {**tensor, "data_offsets": [4, 16]}}),
        with_header({"w": tensor, "v": tensor}),
        with_header(["w"]),
        with_header({"w": {**tensor, "shape": "abc"}}),
        # what multiplies into all memory, or for days
        with_header({"w": {**tensor, "shape": ["x", 2**40]}}),
        with_header({"w": {**tensor, "shape": [[0], 2**40]}}),
        with_header({"w": {**tensor, "shape": [10**4200] * 3000}}),
        with_header({"w": {**tensor, "shape": [-1, -3]}}),
        with_header({"w": {**tensor, "data_offsets": [0, 12.0]}}),
    ):
        weights.write_bytes(content)
        with pytest.raises(ArtifactRefused):
            inspection.inspect_model(model, "policy")
    weights.write_bytes(with_header({"w": tensor}))
    inspection.inspect_model(model, "policy")


def test_a_directory_that_is_no_causal_language_model_is_refused_in_words(
    model: Path, cast: Cast
) -> None:
    for change, words in (
        ({"architectures": ["BertForMaskedLM"]}, "CausalLM"),
        ({"architectures": None}, "architectures"),
        ({"model_type": None}, "model_type"),
    ):
        config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], **change}
        (model / "config.json").write_text(json.dumps(config))
        with pytest.raises(ArtifactRefused, match=words):
            register_version(project=cast.project, directory=model, name="x")
    (model / "tokenizer.json").unlink()
    (model / "config.json").write_text(json.dumps({**config, "model_type": "llama"}))
    with pytest.raises(ArtifactRefused, match="tokenizer"):
        register_version(project=cast.project, directory=model, name="x")
    assert not ModelVersion.objects.exists()


def test_one_version_of_a_kind_is_promoted_and_a_retired_one_never(
    cast: Cast, tmp_path: Path
) -> None:
    first, second = (
        register_version(
            project=cast.project,
            directory=write_model(tmp_path / f"m{n}", weight=n),
            name=f"v{n}",
        )
        for n in (1, 2)
    )
    assert (first.number, second.number) == (1, 2)
    client = client_for(cast.ml)
    assert client.post(f"/api/v1/versions/{first.id}/promote").json()["status"] == "promoted"
    assert client.post(f"/api/v1/versions/{second.id}/promote").json()["status"] == "promoted"
    statuses = dict(ModelVersion.objects.values_list("number", "status"))
    assert statuses == {1: "candidate", 2: "promoted"}
    retire(version=first, actor=cast.ml)
    with pytest.raises(Conflict):
        promote(version=first, actor=cast.ml)
    listed = client.get(f"/api/v1/projects/{cast.project.id}/versions?kind=policy").json()
    assert [(row["number"], row["status"]) for row in listed] == [(2, "promoted"), (1, "retired")]


def test_a_retired_version_comes_back_as_a_candidate_while_its_files_are_there(
    cast: Cast, model: Path
) -> None:
    version = register_version(project=cast.project, directory=model, name="v")
    client, path = client_for(cast.ml), f"/api/v1/versions/{version.id}/restore"
    promote(version=version, actor=cast.ml)
    assert client.post(path).json()["status"] == "promoted"
    retire(version=version, actor=cast.ml)
    for person in (cast.admin, cast.reviewer, cast.labeler):
        assert client_for(person).post(path).status_code == 403
    for _ in range(2):
        assert client.post(path).json()["status"] == "candidate"
    event = AuditEvent.objects.get(action="version.restored")
    assert (event.actor, event.object_id) == (cast.ml, str(version.pk))
    assert (event.before, event.after) == ({"status": "retired"}, {"status": "candidate"})
    promote(version=version, actor=cast.ml)
    retire(version=version, actor=cast.ml)
    shutil.rmtree(path_of(version.artifact_id))
    refused = client.post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "artifact_gone")
    chinese = client.post(path, headers={"Accept-Language": "zh-Hans"}).json()["title"]
    assert "文件已不存在" in chinese
    version.refresh_from_db()
    assert version.status == "retired"


def test_a_served_policy_that_was_registered_anew_is_not_restored_beside_itself(cast: Cast) -> None:
    served = {"server": "ours", "model": "m", "said": {}}

    def register() -> ModelVersion:
        return add_served(project=cast.project, name="m", served=served, actor=cast.ml)[0]

    first = register()
    retire(version=first, actor=cast.ml)
    second = register()
    path = f"/api/v1/versions/{first.id}/restore"
    refused = client_for(cast.ml).post(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "served_already")
    assert f"Policy {second.number}" in refused.json()["title"]
    retire(version=second, actor=cast.ml)
    assert client_for(cast.ml).post(path).json()["status"] == "candidate"
    assert register() == first


def test_who_may_see_and_who_may_change_versions(cast: Cast, model: Path) -> None:
    version = register_version(project=cast.project, directory=model, name="v")
    path, act = f"/api/v1/versions/{version.id}", f"/api/v1/versions/{version.id}/promote"
    seen = {name: client_for(who).get(path).status_code for name, who in cast.people.items()}
    assert seen == {
        "labeler": 403,
        "second_labeler": 403,
        "reviewer": 200,
        "admin": 200,
        "ml": 200,
        "outsider": 404,
    }
    done = {name: client_for(who).post(act).status_code for name, who in cast.people.items()}
    assert {name for name, status in done.items() if status == 200} == {"ml"}
    assert done["outsider"] == 404
    assert client_for(None).get(path).status_code == 401


def test_a_published_model_becomes_a_policy_by_one_command(cast: Cast) -> None:
    folder = shared("models/stories260K")
    out = StringIO()
    call_command(
        *("register_version", str(folder), "--project", cast.project.name),
        *("--name", "stories", "--promote"),
        stdout=out,
    )
    version = ModelVersion.objects.get()
    assert (version.kind, version.stage, version.status) == ("policy", "base", "promoted")
    assert str(version.id) in out.getvalue()
    assert "model.safetensors" in version.artifact.files
    assert not any(name.endswith(".md") for name in version.artifact.files)
    with pytest.raises(CommandError, match="no project named"):
        call_command("register_version", str(folder), "--project", "Nowhere", "--name", "x")
