"""What the page itself says: which files it will ask for."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

MANIFEST = {
    "src/features/labeling/LabelPage.tsx": {
        "file": "assets/LabelPage-1.js",
        "imports": ["_labeling.js", "_everywhere.js"],
    },
    "src/features/labeling/WorkplaceOf.tsx": {
        "file": "assets/WorkplaceOf-1.js",
        "imports": ["_labeling.js"],
    },
    "_labeling.js": {
        "file": "assets/labeling-1.js",
        "css": ["assets/labeling-1.css"],
        "imports": ["_everywhere.js"],
    },
    "_everywhere.js": {"file": "assets/everywhere-1.js", "imports": ["_labeling.js"]},
    "src/locales/en.json": {"file": "assets/en-1.js"},
    "src/locales/zh-Hans.json": {"file": "assets/zh-Hans-1.js"},
}


@pytest.fixture
def build(tmp_path: Path, settings: Any) -> Path:
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "index.html").write_text("<html><head><title>Tiebreak</title></head></html>")
    settings.FRONTEND_DIST = tmp_path
    return tmp_path


def page(address: str, language: str) -> str:
    return Client(headers={"accept-language": language}).get(address).content.decode()


def test_the_labeling_page_names_each_of_its_files_once(build: Path) -> None:
    head = page("/label/01890000-0000-7000-8000-000000000000", "en")

    for file in (
        "LabelPage-1.js",
        "WorkplaceOf-1.js",
        "labeling-1.js",
        "everywhere-1.js",
        "en-1.js",
    ):
        link = f'<link rel="modulepreload" crossorigin href="/static/app/assets/{file}">'
        assert head.count(link) == 1
    style = '<link rel="stylesheet" crossorigin href="/static/app/assets/labeling-1.css">'
    assert head.count(style) == 1
    assert head.endswith("</head></html>")
    assert "zh-Hans" not in head


def test_other_pages_name_the_words_of_the_reader_only(build: Path) -> None:
    head = page("/", "zh-CN,zh;q=0.9")

    assert "zh-Hans-1.js" in head
    assert "labeling" not in head
    assert "en-1.js" not in head


def test_a_build_without_a_manifest_is_served_as_it_is(build: Path) -> None:
    (build / ".vite" / "manifest.json").unlink()

    assert page("/", "en") == "<html><head><title>Tiebreak</title></head></html>"


def test_an_unknown_address_of_the_interface_is_refused_in_the_readers_language() -> None:
    def title(language: str) -> str:
        answer = Client(headers={"accept-language": language}).get("/api/v1/no-such")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        return str(answer.json()["title"])

    assert title("en") == "There is no such endpoint."
    assert title("zh-Hans") == "没有这个接口。"
