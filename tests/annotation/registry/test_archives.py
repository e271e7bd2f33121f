"""An uploaded archive is opened whole and safe, or refused with the file and the rule; nothing gets out."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.registry import archives
from annotation.registry.archives import unpack
from annotation.registry.inspection import inspect_import
from annotation.registry.store import ArtifactRefused
from tests.annotation.registry.models import write_model

Entry = tuple[str, bytes] | tarfile.TarInfo


def tar(path: Path, *entries: Entry, packed: bool = False) -> Path:
    with tarfile.open(path, "w:gz" if packed else "w") as made:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                made.addfile(entry, io.BytesIO(b"x" * entry.size) if entry.isreg() else None)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            made.addfile(info, io.BytesIO(entry[1]))
    return path


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def zipped(path: Path, *entries: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries:
            made.writestr(name, content)
    return path


def files_in(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("form", ["tar", "tar.gz", "zip", "around", "dotted"])
def test_every_form_gives_the_same_files_and_what_is_of_no_use_stays_out(
    tmp_path: Path, form: str
) -> None:
    entries = [("config.json", b"{}"), ("README.md", b"hello"), (".gitattributes", b"x")]
    if form == "around":
        entries = [(f"policy-3/{name}", content) for name, content in entries]
    if form == "dotted":
        entries = [(f"./{name}", content) for name, content in entries]
    path = tmp_path / "model"
    made = zipped(path, *entries) if form == "zip" else tar(path, *entries, packed=form == "tar.gz")
    out = tmp_path / "out"
    out.mkdir()
    assert files_in(unpack(made, out)) == {"config.json"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("pytorch_model.bin", b"x"), r"pytorch_model\.bin is refused"),
        (("deep/weights.pkl", b"x"), r"deep/weights\.pkl is refused"),
        (("modeling.py", b"x"), r"modeling\.py is refused"),
        (("../out.json", b"{}"), r"\.\./out\.json' leads out"),
        (("/etc/out.json", b"{}"), r"/etc/out\.json' leads out"),
        (("a\\b.json", b"{}"), "not an acceptable name"),
        (special("a.json", tarfile.SYMTYPE, "/etc/passwd"), r"a\.json is a link"),
        (special("a.json", tarfile.LNKTYPE, "config.json"), r"a\.json is a link"),
        (special("folder", tarfile.SYMTYPE, ".."), "folder is a link"),
        (special("pipe.json", tarfile.FIFOTYPE), r"pipe\.json is a special file"),
        (("config.json", b"{}"), r"config\.json is in the archive twice"),
    ],
)
def test_a_member_that_may_not_be_there_is_refused_by_name(
    tmp_path: Path, entry: Entry, words: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ArtifactRefused, match=words):
        unpack(tar(tmp_path / "a.tar", ("config.json", b"{}"), entry), out)
    assert files_in(tmp_path) <= {"a.tar", "out/config.json"}


def zip_with_a_link(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        info = zipfile.ZipInfo("a.json")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(info, "/etc/passwd")
    return path


def cut_gzip(path: Path) -> Path:
    whole = tar(path, ("config.json", b"{}" * 9000), packed=True).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def huge_header(path: Path) -> Path:
    """An extended header that claims 4 GiB; read as told, it would fill the memory."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 4 << 30
    path.write_bytes(gzip.compress(info.tobuf(tarfile.USTAR_FORMAT) + b"\0" * 4096))
    return path


def zip_of_windows(path: Path) -> Path:
    """Windows packs large files by Deflate64 (method 9), which Python does not read."""
    zipped(path, ("config.json", b"{}"))
    data = bytearray(path.read_bytes())
    data[8], data[data.index(b"PK\x01\x02") + 10] = 9, 9
    path.write_bytes(data)
    return path


def damaged_zip(method: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        with zipfile.ZipFile(path, "w", method) as made:
            made.writestr("config.json", b"{}" * 2000)
        data = bytearray(path.read_bytes())
        data[60:70] = bytes(10)
        path.write_bytes(data)
        return path

    return make


def zip_with_a_name_that_is_none(path: Path) -> Path:
    zipped(path, ("confé.json", b"{}"))
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xfe"))
    return path


def folders_without_end(path: Path) -> Path:
    return tar(path, ("d/" * 3000 + "config.json", b"{}"))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (zip_with_a_link, r"a\.json is a link"),
        (zip_of_windows, "in a way that is not read here"),
        (damaged_zip(zipfile.ZIP_BZIP2), "damaged"),
        (damaged_zip(zipfile.ZIP_LZMA), "damaged"),
        (zip_with_a_name_that_is_none, "damaged"),
        (folders_without_end, "damaged: File name too long"),
        (cut_gzip, "damaged"),
        (huge_header, "impossible size"),
        (lambda path: path.write_bytes(b"GGUF") and path, "no tar, tar.gz or zip"),
    ],
)
def test_a_forged_or_broken_archive_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], words: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(ArtifactRefused, match=words):
        unpack(make(tmp_path / "a"), out)


def test_an_archive_that_swells_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 1 << 21)
    out = tmp_path / "out"
    out.mkdir()
    bomb = zipped(tmp_path / "a.zip", ("config.json", b"\0" * (8 << 20)))
    assert bomb.stat().st_size < 1 << 15
    with pytest.raises(ArtifactRefused, match="unpacked"):
        unpack(bomb, out)


def test_checksums_in_the_archive_are_held_against_its_files(tmp_path: Path) -> None:
    right = hashlib.sha256(b"{}").hexdigest()
    for number, (sha256, good) in enumerate(((right, True), ("0" * 64, False))):
        out = tmp_path / f"out{number}"
        out.mkdir()
        sums = f"{sha256}  config.json\n".encode()
        made = tar(tmp_path / f"a{number}", ("m/config.json", b"{}"), ("m/SHA256SUMS", sums))
        if good:
            assert unpack(made, out) == out / "m"
        else:
            with pytest.raises(ArtifactRefused, match=r"config\.json is not the file"):
                unpack(made, out)


def test_a_model_from_elsewhere_shows_template_and_head_and_brings_no_code(tmp_path: Path) -> None:
    policy = write_model(tmp_path / "policy")
    with pytest.raises(ArtifactRefused, match=r"tokenizer_config\.json: there is no chat_template"):
        inspect_import(policy, "policy", plain=False)
    inspect_import(policy, "policy", plain=True)
    (policy / "tokenizer_config.json").write_text(json.dumps({"chat_template": "{{ x }}"}))
    config = inspect_import(policy, "policy", plain=False)
    (policy / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "m.M"}}))
    with pytest.raises(ArtifactRefused, match=r"config\.json: auto_map"):
        inspect_import(policy, "policy", plain=False)
    reward = write_model(tmp_path / "reward", kind="reward")
    with pytest.raises(ArtifactRefused, match="num_labels = 1"):
        inspect_import(reward, "reward", plain=True)
