"""`make lock`: pin what pyproject.toml allows, in a fresh environment, for every supported Python.

torch stays out: it is installed by itself first, so that the build chosen there is kept. A
package that only another Python or system needs is added with its condition.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from annotation.local.environment import REPOSITORY

TORCH = "torch"
# parts of a CUDA build of torch, which a machine without a GPU does not want
TORCH_PARTS = ("torch", "triton", "nvidia-", "cuda-")
HEADER = (
    "# Exact versions, written by `make lock` from pyproject.toml. torch is installed before.\n"
)
TARGETS = [
    {
        "python_full_version": python,
        "python_version": ".".join(python.split(".")[:2]),
        "sys_platform": "linux" if system == "Linux" else "darwin",
        "platform_system": system,
        "platform_machine": "x86_64" if system == "Linux" else "arm64",
    }
    for python in ("3.11.2", "3.11.9", "3.12.9", "3.13.5")
    for system in ("Linux", "Darwin")
]


class Fresh:
    """A new environment in a folder that goes away."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        self.python = folder / "bin" / "python"

    def install(self, *requirements: str) -> None:
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *requirements], check=True)

    def pins(self) -> dict[str, str]:
        """Installed versions by name, without torch and its parts."""
        found = {
            canonicalize_name(one.name): one.version.partition("+")[0] for one in self._packages()
        }
        return {
            name: version
            for name, version in sorted(found.items())
            if not name.startswith(TORCH_PARTS) and name not in ("pip", "setuptools", "wheel")
        }

    def _packages(self) -> Iterable[metadata.Distribution]:
        folder = next((self.python.parents[1] / "lib").glob("python3.*/site-packages"))
        return metadata.distributions(path=[str(folder)])

    def conditional(self, roots: list[str]) -> dict[str, Marker]:
        """Packages that some target needs and this environment lacks, with their condition."""
        requires = {str(canonicalize_name(p.name)): p.requires or [] for p in self._packages()}
        missing: dict[str, Marker] = {}
        for target in TARGETS:
            for requirement in walk(roots, requires, target):
                name = canonicalize_name(requirement.name)
                if name not in requires and requirement.marker is not None:
                    missing[name] = requirement.marker
        return missing


def walk(
    roots: list[str], requires: dict[str, list[str]], target: dict[str, str]
) -> Iterator[Requirement]:
    """Everything the roots need on a target, as far as the packages are known."""
    todo = [(Requirement(root), "") for root in roots]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({**target, "extra": extra}):
            continue
        yield requirement
        name = canonicalize_name(requirement.name)
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                todo += [(Requirement(text), wanted) for text in requires.get(name, [])]


def lines(environment: Fresh, roots: list[str], known: dict[str, str]) -> dict[str, str]:
    """The lines for everything installed that is not in `known`, by package name."""
    found = {name: f"{name}=={version}" for name, version in environment.pins().items()}
    conditions = environment.conditional(roots)
    if conditions:
        environment.install(*conditions)
        pins = environment.pins()
        for name, marker in conditions.items():
            found[name] = f"{name}=={pins[name]} ; {marker}"
    return {name: line for name, line in found.items() if name not in known}


def main() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    roots: list[str] = project["dependencies"]
    dev: list[str] = project["optional-dependencies"]["dev"]
    torch = next(root for root in roots if Requirement(root).name == TORCH)
    with tempfile.TemporaryDirectory() as folder:
        environment = Fresh(Path(folder))
        print("installing", torch, flush=True)
        environment.install(torch)
        print("installing", len(roots), "requirements", flush=True)
        environment.install(*roots)
        base = lines(environment, roots, {})
        print("installing", len(dev), "requirements of tests and checks", flush=True)
        pinned = Path(folder) / "base.txt"
        pinned.write_text("\n".join(base.values()))
        environment.install("--constraint", str(pinned), *dev)
        extra = lines(environment, [*roots, *dev], base)
    write("requirements.lock", base)
    write("requirements-dev.lock", extra, "-r requirements.lock\n")


def write(name: str, found: dict[str, str], first: str = "") -> None:
    text = HEADER + first + "".join(f"{line}\n" for _, line in sorted(found.items()))
    (REPOSITORY / name).write_text(text)
    print(name, len(found), "packages")


if __name__ == "__main__":
    main()
