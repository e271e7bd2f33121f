"""Files in a bucket of S3-compatible storage (AWS, MinIO, Ceph, R2, …).

Large files travel in parts; a lost connection is taken up where it broke. What goes wrong is said with
the name of the setting that an operator would look at.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from annotation.lib.env import Environment
from annotation.lib.storage import PIECE, NotStored, StorageFailed

TRIES = 5  # without a byte in between
PAUSE_S = 0.2  # before the second, doubling
PART = 16 << 20  # of a large file; boto3 takes larger ones where 10,000 would not do
AT_ONCE = 1000  # keys that one request deletes
_WORDS = {
    "InvalidAccessKeyId": "S3_ACCESS_KEY_ID: the storage does not know this key",
    "SignatureDoesNotMatch": "S3_SECRET_ACCESS_KEY: it does not belong to S3_ACCESS_KEY_ID",
    "AccessDenied": "S3_ACCESS_KEY_ID: this key may not use S3_BUCKET {bucket!r}",
    "NoSuchBucket": "S3_BUCKET: there is no bucket {bucket!r}",
    "PermanentRedirect": "S3_REGION: the bucket {bucket!r} lies in another region",
    "AuthorizationHeaderMalformed": "S3_REGION: the bucket {bucket!r} lies in another region",
}
_WORDS |= {"403": _WORDS["AccessDenied"], "InvalidClientTokenId": _WORDS["InvalidAccessKeyId"]}


_OPEN: dict[tuple[object, ...], Bucket] = {}


def bucket(env: Environment) -> Bucket:
    """The deployment's bucket; connections are one process's own, never a parent's."""
    key = (
        *(os.getpid(), env.s3_bucket, env.s3_endpoint, env.s3_prefix, env.s3_region),
        *(env.s3_access_key_id, env.read_s3_secret()),
    )
    if key not in _OPEN:
        _OPEN.clear()
        _OPEN[key] = Bucket(env)
    return _OPEN[key]


class Bucket:
    """One bucket, below one prefix."""

    name = "s3"

    def __init__(self, env: Environment) -> None:
        # half a second to load, which only those pay who use it
        import boto3
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config

        self.bucket, self.endpoint = env.s3_bucket, env.s3_endpoint
        self.prefix = f"{env.s3_prefix.strip('/')}/" if env.s3_prefix.strip("/") else ""
        self._transfer = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=env.s3_endpoint or None,
            region_name=env.s3_region,
            aws_access_key_id=env.s3_access_key_id or None,
            aws_secret_access_key=env.read_s3_secret() or None,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"total_max_attempts": TRIES, "mode": "standard"},
                # many compatible servers know no newer checksums; ours is SHA-256 over the file
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                s3={"addressing_style": "path" if env.s3_endpoint else "auto"},
            ),
        )

    def put(self, key: str, source: Path) -> None:
        with self._in_words():
            self._client.upload_file(
                str(source), self.bucket, self.prefix + key, Config=self._transfer
            )
            found = self.sizes(key).get(key)
        if found != source.stat().st_size:
            words = f"S3_ENDPOINT: of {key} {found or 0} bytes are there"
            raise StorageFailed(words)

    def read(self, key: str, begin: int = 0, length: int | None = None) -> Iterator[bytes]:
        if length == 0:
            return
        position, end = begin, None if length is None else begin + length
        failures = 0
        tag = ""
        while True:
            try:
                with self._in_words():
                    answer = self._open(key, position, end, tag)
                if answer is None:
                    return  # an empty file, or nothing behind this position
                if end is None:
                    end = position + int(answer["ContentLength"])
                tag = tag or answer["ETag"]
                for piece in answer["Body"].iter_chunks(PIECE):
                    position, failures = position + len(piece), 0
                    yield piece
                if position >= end:
                    return
                raise OSError("the connection ended early")
            except _lost_connection() as error:
                failures += 1
                if failures >= TRIES:
                    words = f"S3_ENDPOINT: the connection breaks off at {position} bytes of {key}"
                    raise StorageFailed(words) from error
                time.sleep(PAUSE_S * 2 ** (failures - 1))

    def _open(self, key: str, begin: int, end: int | None, tag: str) -> Any:
        span = f"bytes={begin}-{'' if end is None else end - 1}"
        wish = {"Range": span} if begin or end is not None else {}
        if tag:  # what goes on after a cut must be the same file
            wish["IfMatch"] = tag
        try:
            return self._client.get_object(Bucket=self.bucket, Key=self.prefix + key, **wish)
        except self._client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ("NoSuchKey", "404"):
                raise NotStored(key) from None
            if code in ("InvalidRange", "416"):
                return None
            raise

    def sizes(self, prefix: str) -> dict[str, int]:
        with self._in_words():
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=self.prefix + prefix
            )
            return {
                one["Key"].removeprefix(self.prefix): int(one["Size"])
                for page in pages
                for one in page.get("Contents", [])
            }

    def delete(self, keys: Iterable[str]) -> None:
        every = [{"Key": self.prefix + key} for key in keys]
        with self._in_words():
            for start in range(0, len(every), AT_ONCE):
                wish = {"Objects": every[start : start + AT_ONCE], "Quiet": True}
                self._client.delete_objects(Bucket=self.bucket, Delete=wish)

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        from boto3.exceptions import S3UploadFailedError
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )

        try:
            yield
        except S3UploadFailedError as error:  # hides what it was
            raise StorageFailed(self._upload_in_words(error)) from error
        except ClientError as error:
            raise StorageFailed(self._refusal(error)) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            words = "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY: not set"
            raise StorageFailed(words) from error
        except BotoCoreError as error:
            where = self.endpoint or "the storage's own address"
            raise StorageFailed(f"S3_ENDPOINT: {where}: {error}") from error

    def _upload_in_words(self, error: BaseException) -> str:
        cause = error.__cause__ or error.__context__
        if hasattr(cause, "response"):
            return self._refusal(cause)
        return f"S3_ENDPOINT: {error}"

    def _refusal(self, error: Any) -> str:
        answer = error.response.get("Error", {})
        code, words = str(answer.get("Code", "")), str(answer.get("Message", ""))
        known = _WORDS.get(code)
        if known is not None:
            return known.format(bucket=self.bucket)
        return f"S3_ENDPOINT answers {code}: {words}"[:500]


def _lost_connection() -> tuple[type[BaseException], ...]:
    """What a connection that breaks off while the body comes is told by."""
    from botocore.exceptions import (
        IncompleteReadError,
        ReadTimeoutError,
        ResponseStreamingError,
    )
    from urllib3.exceptions import ProtocolError

    return (OSError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError, ProtocolError)
