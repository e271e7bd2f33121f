"""Rendering prompts by the chat template that a model brings, which is a program of somebody else's.

It runs in a process of its own with bounds on time and memory (`template_process.py`), one for all models,
started with the first prompt: whatever a template does, the worker or trainer that asked goes on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

LONGEST_S = 20  # thousands of times what a template takes
MEMORY = 2 << 30
LONGEST_TEXT = 16 << 20  # characters
_SCRIPT = Path(__file__).with_name("template_process.py")


class TemplateFailed(Exception):
    """A template raised, or was ended; why, in words."""


class _Renderer:
    def __init__(self) -> None:
        self._busy = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = 0

    def render(self, template: str, messages: list[dict[str, str]], tokens: dict[str, Any]) -> str:
        request = {
            "template": template,
            "messages": messages,
            "tokens": tokens,
            "longest": LONGEST_TEXT,
        }
        with self._busy:
            answer = self._ask(json.dumps(request, default=str))  # tokens may be objects
        if "error" in answer:
            raise TemplateFailed(answer["error"])
        return answer["text"]

    def _ask(self, line: str) -> dict[str, str]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            told = process.stdout.readline()
        except OSError:
            told = ""
        if told:
            answer: dict[str, str] = json.loads(told)
            return answer
        self._process = None
        if process.wait() == -signal.SIGALRM:
            return {"error": f"it takes longer than {LONGEST_S} seconds"}
        return {"error": "it needs too much memory"}

    def _started(self) -> subprocess.Popen[str]:
        """The process; a new one where it has ended, or where it answers the process we were forked from."""
        if self._process is None or self._owner != os.getpid() or self._process.poll() is not None:
            self._process = subprocess.Popen(
                # -P: the modules beside the script are not on its path
                [sys.executable, "-P", str(_SCRIPT), str(LONGEST_S), str(MEMORY)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            self._owner = os.getpid()
        return self._process


render = _Renderer().render
