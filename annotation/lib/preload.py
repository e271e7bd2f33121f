"""Which files of the browser app a page will ask for, said in the page itself.

Without it the browser learns of the labeling page's files only after it has fetched and run those
that every page has. A wrong guess costs a file too many, nothing else.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

# Beginnings of addresses, and the modules whose files stand behind them.
AREAS = {
    "/label/": ("src/features/labeling/LabelPage.tsx", "src/features/labeling/WorkplaceOf.tsx"),
}


def preload(request: HttpRequest) -> str:
    """`<link>` elements for the head of the page at this address."""
    manifest = settings.FRONTEND_DIST / ".vite" / "manifest.json"
    if not manifest.is_file():
        return ""
    area = next((area for area in AREAS if request.path.startswith(area)), "")
    language = "zh-Hans" if str(getattr(request, "LANGUAGE_CODE", "")).startswith("zh") else "en"
    return _links(manifest, manifest.stat().st_mtime_ns, area, language)


@cache
def _links(manifest: Path, _written: int, area: str, language: str) -> str:
    chunks: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
    files: dict[str, None] = {}  # a set that keeps its order
    for module in (f"src/locales/{language}.json", *AREAS.get(area, ())):
        _gather(chunks, module, files)
    base = f"{settings.STATIC_URL}app/"
    return "".join(_link(f"{base}{file}") for file in files)


def _gather(chunks: dict[str, Any], key: str, files: dict[str, None]) -> None:
    chunk = chunks.get(key)
    if chunk is None or chunk["file"] in files:
        return
    files[chunk["file"]] = None
    files.update(dict.fromkeys(chunk.get("css", [])))
    for imported in chunk.get("imports", []):
        _gather(chunks, imported, files)


def _link(address: str) -> str:
    if address.endswith(".css"):
        return f'<link rel="stylesheet" crossorigin href="{address}">'
    return f'<link rel="modulepreload" crossorigin href="{address}">'
