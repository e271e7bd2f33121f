"""A run directory: settings and inputs in, events, checkpoints, a model and a report out.

Holds the rules every stage shares: what may be read, how a run is asked to stop, and that
MANIFEST.json is written last, so its presence means the run is complete.
"""

from __future__ import annotations

import math
import os
import platform
import shutil
import signal
import sys
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import Tensor

from rewardmodel import FORMAT_VERSION, checkpoint, provenance
from rewardmodel.checkpoint import Checkpoint, fsync_path, fsync_tree, write_json_atomically
from rewardmodel.configfile import Input
from rewardmodel.errors import Interrupted, Refused
from rewardmodel.events import EventLog
from rewardmodel.starting import MANIFEST

# what a stage may leave beside its model; listed in the manifest where it exists
RESULTS = ("report.json", "report.html", "completions.jsonl", "left_out.jsonl", "picks.jsonl")

ProgressListener = Callable[[str, int, int], None]


class Run:
    """One start of a run in its directory."""

    def __init__(
        self,
        directory: Path,
        stage: str,
        inputs: Mapping[str, Input],
        on_progress: ProgressListener | None = None,
        *,
        supervised: bool = False,
    ) -> None:
        self.directory = directory
        self.stage = stage
        self.supervised = supervised  # started by a service on somebody's behalf
        self.events = EventLog(directory / "events.jsonl")
        self._inputs = dict(inputs)
        self._on_progress = on_progress
        self._stop_requested = False
        self.last_saved: int | None = None  # step of the newest checkpoint known to be sound
        self._progress_at = -math.inf
        # of several processes of one run (see `processes`) the first alone writes
        self.writes = os.environ.get("RANK", "0") == "0"

    # --- inputs -------------------------------------------------------------------------------

    def input(self, name: str) -> Path:
        """A required input that exists. Raises Refused naming it."""
        path = self.optional_input(name)
        if path is None:
            raise Refused("config_refused", f"inputs.{name}: the {self.stage} stage needs it")
        return path

    def optional_input(self, name: str) -> Path | None:
        """An input that may be absent from config.json, but must exist if it is named there."""
        path = self._inputs.get(name)
        if path is None:
            return None
        assert isinstance(path, Path), name
        return self._existing(name, path)

    def input_list(self, name: str) -> list[Path]:
        """All paths of an input that takes several; empty where it is absent."""
        paths = self._inputs.get(name, [])
        assert isinstance(paths, list), name
        return [self._existing(name, path) for path in paths]

    @property
    def inputs(self) -> Mapping[str, Input]:
        """All inputs by name, as they were given."""
        return self._inputs

    def text_input(self, name: str) -> str | None:
        """An input that is a name or an address, not a file."""
        text = self._inputs.get(name)
        assert text is None or isinstance(text, str), name
        return text

    def _existing(self, name: str, path: Path) -> Path:
        if not path.exists():
            raise Refused("config_refused", f"inputs.{name}: {path} does not exist")
        return path

    def refuse_unknown_inputs(self, known: tuple[str, ...]) -> None:
        """A misspelt input must not pass for an absent one."""
        for name in self._inputs:
            if name not in known:
                raise Refused(
                    "config_refused",
                    f"inputs.{name}: the {self.stage} stage has no such input "
                    f"(known: {', '.join(known)})",
                )

    # --- being watched and stopped ------------------------------------------------------------

    def started(self, resumed_from: int | None) -> None:
        """Say that work begins, and with what."""
        versions = {
            "rewardmodel": FORMAT_VERSION,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "threads": str(torch.get_num_threads()),
            "processes": os.environ.get("WORLD_SIZE", "1"),
            "code": provenance.code_digest(),
        }
        self.events.write(
            "started",
            resumed_from=resumed_from,
            versions=versions,
            hardware=provenance.hardware(),
        )

    def progress(self, phase: str, done: int, total: int) -> None:
        """How far a phase has come; written at most twice a second, and at its end."""
        if self._on_progress and self.writes:
            self._on_progress(phase, done, total)
        now = time.monotonic()
        if done < total and now - self._progress_at < 0.5:
            return
        self._progress_at = now
        self.events.write("progress", done=done, total=total, phase=phase)

    def stop_on_signals(self) -> None:
        """SIGTERM and SIGINT ask the run to stop after the work in hand."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request_stop)

    def _request_stop(self, number: int, frame: object) -> None:
        if not self._stop_requested:
            print("stopping after the work in hand, then saving", file=sys.stderr)
        elif number == signal.SIGINT and os.environ.get("WORLD_SIZE", "1") == "1":
            # a person who does not want to wait; a launcher passes on what the terminal sends as well
            raise KeyboardInterrupt
        self._stop_requested = True

    @property
    def stop_requested(self) -> bool:
        """Whether someone asked the run to stop."""
        return self._stop_requested

    # --- checkpoints --------------------------------------------------------------------------

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints live."""
        return self.directory / "checkpoints"

    def load_checkpoint(
        self, accept: Callable[[dict[str, Any]], bool] = lambda state: True
    ) -> Checkpoint | None:
        """The newest sound checkpoint; corrupt ones are passed over with a warning."""
        found = checkpoint.latest(
            self.checkpoints,
            lambda problem: self.events.warning("corrupt_checkpoint", f"skipped: {problem}"),
            accept,
        )
        if found is not None:
            self.last_saved = found.step
        return found

    def save_checkpoint(
        self,
        step: int,
        tensors: Mapping[str, Mapping[str, Tensor]],
        state: Mapping[str, Any],
        keep: Collection[int] = (),
    ) -> None:
        """Write a checkpoint and say so, unless that step is already on disk.

        keep: steps of older ones that must stay.
        """
        if self.last_saved == step:
            return
        if not self.writes:
            self.last_saved = step  # by the first process
            return
        state = {**state, "threads": torch.get_num_threads()}
        saved = checkpoint.save(self.checkpoints, step, tensors, state, keep)
        self.last_saved = step
        self.events.write(
            "checkpoint",
            step=step,
            path=str(saved.path.relative_to(self.directory)),
            manifest_sha256=saved.manifest_sha256,
            bytes=saved.size_bytes,
        )

    def interrupt(self, step: int) -> Interrupted:
        """The exception that ends an interrupted run, after saying so."""
        self.events.write("interrupted", step=step)
        return Interrupted(step)

    # --- the end ------------------------------------------------------------------------------

    def publish_model(self, save: Callable[[Path], None]) -> Path:
        """Write model/ in full before it takes its name; an earlier, partial try is replaced."""
        final, temporary = self.directory / "model", self.directory / ".model.tmp"
        if not self.writes:
            return final
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        save(temporary)
        fsync_tree(temporary)
        shutil.rmtree(final, ignore_errors=True)
        temporary.rename(final)
        fsync_path(self.directory)
        return final

    def finish(self, report: Mapping[str, Any]) -> None:
        """Write the report, then the manifest: after it, the run is complete."""
        if not self.writes:
            return
        write_json_atomically(self.directory / "report.json", _finite_only(report))
        self.events.write("finished", report=report, peak_bytes=provenance.peak_bytes())
        files = [self.directory / name for name in RESULTS]
        for folder in ("model", "chosen"):
            files += sorted((self.directory / folder).rglob("*"))
        listed = {
            str(path.relative_to(self.directory)): checkpoint.sha256_of(path)
            for path in files
            if path.is_file()
        }
        manifest = {"stage": self.stage, "files": listed}
        write_json_atomically(self.directory / MANIFEST, manifest)


def _finite_only(value: Any) -> Any:
    """JSON has no NaN: a figure that could not be computed is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite_only(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite_only(entry) for entry in value]
    return value
