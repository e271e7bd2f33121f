"""Uploads where files are kept in S3: any web process takes any piece, any worker reads the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotation.runs import upload_files
from annotation.runs.models import Upload
from annotation.runs.services import receiving
from annotation.runs.upload_files import UploadDamaged
from tests.bucket import client_of, put_instead
from tests.bucket import s3 as s3
from tests.bucket import s3_server as s3_server
from tests.cast import Cast


@pytest.mark.django_db(transaction=True)
def test_pieces_taken_on_different_disks_are_one_file_everywhere(
    cast: Cast, s3: dict[str, str], settings: Any, tmp_path: Path
) -> None:
    settings.ARTIFACT_DIR = tmp_path / "web1"
    body = b"0123456789" * 3
    upload = receiving.begin_upload(
        project=cast.project, user=cast.admin, filename="q.jsonl", length=len(body)
    )
    receiving.receive(upload=upload, offset=0, data=body[:10])
    settings.ARTIFACT_DIR = tmp_path / "web2"
    # a piece whose row was never written; what comes again is cut at other places
    upload_files.write(upload, 10, b"another")
    upload = receiving.receive(upload=upload, offset=5, data=body[5:25])
    upload = receiving.receive(upload=upload, offset=25, data=body[25:])
    assert upload.is_complete
    assert upload_files.is_kept(upload)
    settings.ARTIFACT_DIR = tmp_path / "worker"
    path = upload_files.on_this_disk(upload)
    assert path is not None
    assert path.read_bytes() == body

    settings.ARTIFACT_DIR = tmp_path / "later"
    keys = client_of(s3).list_objects_v2(Bucket=s3["s3_bucket"])["Contents"]
    put_instead(s3, keys[1]["Key"][-64:], b"x" * keys[1]["Size"])
    with pytest.raises(UploadDamaged, match=r"q\.jsonl: the piece at 0+10 is truncated or altered"):
        upload_files.on_this_disk(upload)
    receiving.discard(upload=upload, actor=cast.admin)
    assert "Contents" not in client_of(s3).list_objects_v2(Bucket=s3["s3_bucket"])
    assert upload_files.on_this_disk(Upload.objects.get()) is None
