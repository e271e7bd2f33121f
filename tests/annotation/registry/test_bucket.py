"""Files in S3-compatible storage: whole, checked, taken up after a cut, refused in words."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from annotation.lib.storage import NotStored, StorageFailed, storage
from annotation.registry import cache, store
from annotation.registry.cache import Hold
from annotation.registry.models import Artifact
from annotation.registry.store import ArtifactDamaged
from tests.annotation.registry.models import write_model
from tests.bucket import BreakingWay, client_of, put_instead
from tests.bucket import s3 as s3
from tests.bucket import s3_server as s3_server


@pytest.fixture(autouse=True)
def _own_disk(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "disk"


def another_disk(settings: Any, tmp_path: Path) -> None:
    settings.ARTIFACT_DIR = tmp_path / "another"


def use(settings: Any, **values: object) -> None:
    settings.ENV = settings.ENV.model_copy(update=values)


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """More than one part of an upload."""
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(1 << 20) * 17)
    return path


def sha256_of(pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def test_a_large_file_travels_in_parts_and_is_read_from_anywhere(
    s3: dict[str, str], large: Path
) -> None:
    storage().put("a/large", large)
    head = client_of(s3).head_object(Bucket=s3["s3_bucket"], Key="tb/a/large")
    assert head["ETag"].strip('"').endswith("-2"), "two parts"
    assert sha256_of(storage().read("a/large")) == store.sha256_of(large)
    assert b"".join(storage().read("a/large", 1_000_000, 5)) == large.read_bytes()[10**6 :][:5]
    assert storage().sizes("a/") == {"a/large": large.stat().st_size}
    storage().delete(["a/large", "a/none"])
    with pytest.raises(NotStored):
        list(storage().read("a/large"))


def test_a_connection_lost_midway_is_taken_up_where_it_broke(
    s3: dict[str, str], large: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotation.lib.bucket.PAUSE_S", 0.01)
    storage().put("large", large)
    way = BreakingWay(s3["s3_endpoint"])
    use(settings, s3_endpoint=way.address)
    way.cuts, way.after = 3, 5_000_000
    assert sha256_of(storage().read("large")) == store.sha256_of(large)
    assert way.cuts == 0, "it was cut three times"
    way.cuts, way.after = 1, 0
    storage().put("again", large)  # an answer that never came: the part is sent again
    way.cuts, way.after = 1000, 2000
    with pytest.raises(StorageFailed, match="S3_ENDPOINT"):
        list(storage().read("large"))
    way.close()


def test_what_is_wrong_is_said_with_the_setting_it_is_about(
    s3: dict[str, str], s3_server: str, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "x").write_text("x")

    def refused(**values: object) -> str:
        before = settings.ENV
        use(settings, **values)
        with pytest.raises(StorageFailed) as said:
            storage().put("x", tmp_path / "x")
        settings.ENV = before
        return str(said.value)

    assert "S3_BUCKET: there is no bucket 'nobodys'" in refused(s3_bucket="nobodys")
    assert "S3_ENDPOINT: http://127.0.0.1:9" in refused(s3_endpoint="http://127.0.0.1:9")
    ask_for_keys(s3_server, b"0")
    try:
        said = refused(s3_access_key_id="AKIAWRONG")
    finally:
        ask_for_keys(s3_server, b"inf")
    assert "S3_ACCESS_KEY_ID: the storage does not know this key" in said


def ask_for_keys(server: str, after: bytes) -> None:
    """Whether the server checks who asks."""
    plain = {"Content-Type": "text/plain"}
    address = f"{server}/moto-api/reset-auth"
    request = urllib.request.Request(address, data=after, headers=plain, method="POST")
    urllib.request.urlopen(request).close()


@pytest.mark.django_db
def test_an_artifact_reaches_another_disk_as_it_was_or_not_at_all(
    s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    artifact = store.remember(store.ingest(write_model(tmp_path / "model")))
    assert store.is_stored(artifact)
    another_disk(settings, tmp_path)
    directory = store.verified(artifact)
    assert directory.is_relative_to(tmp_path / "another")
    weights = directory / "model.safetensors"
    whole = weights.read_bytes()
    weights.chmod(0o600)
    weights.write_bytes(b"changed on this disk")
    assert (store.verified(artifact) / weights.name).read_bytes() == whole, "fetched anew"

    settings.ARTIFACT_DIR = tmp_path / "third"
    for altered in (whole[:-3], whole[:-1] + b"?"):
        put_instead(s3, "/model.safetensors", altered)
        with pytest.raises(ArtifactDamaged, match=r"model\.safetensors is truncated.*SHA-256"):
            store.verified(artifact)
        assert not store.path_of(artifact.digest).exists(), "nothing half is left"
        sizes = store.sizes_of(artifact)
        sent = store.sendable(artifact, "model.safetensors", sizes["model.safetensors"])
        assert sent.source is not None
        with pytest.raises(ArtifactDamaged):  # it is one piece: not a byte of it goes out
            next(sent.source(0, sent.length))
    client_of(s3).delete_object(
        Bucket=s3["s3_bucket"],
        Key=f"tb/{artifact.digest[:2]}/{artifact.digest}/model.safetensors",
    )
    with pytest.raises(ArtifactDamaged, match="model.safetensors is missing from the storage"):
        store.verified(artifact)
    assert not store.is_stored(artifact)


@pytest.mark.django_db
def test_the_copy_used_longest_ago_makes_room_and_never_one_in_use(
    s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    def made(name: str, weight: float) -> Artifact:
        model = write_model(tmp_path / name, weight=weight)
        return store.remember(store.ingest(model))

    first, second, third = (made(f"m{n}", float(n)) for n in range(3))
    another_disk(settings, tmp_path)
    use(settings, tiebreak_cache_gb=2.5 * first.bytes / 1e9)
    for age, artifact in enumerate((second, first)):
        path = store.verified(artifact)
        os.utime(cache._use(artifact.digest), (age, age))
        assert path.is_dir()
    with Hold() as hold:
        store.verified(second, hold)
        os.utime(cache._use(second.digest), (0, 0))
        store.verified(third)
        there = [store.path_of(one.digest).is_dir() for one in (first, second, third)]
        assert there == [False, True, True], "the oldest is in use"
    store.verified(first)
    there = [store.path_of(one.digest).is_dir() for one in (first, second, third)]
    assert there == [True, False, True]
