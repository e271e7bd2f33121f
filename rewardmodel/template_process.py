"""A process of its own that renders chat templates, line by line: a template may loop for ever or ask for all memory.

Run by path, by `rendering.py`; imports nothing of the library, so it is there within a second.
"""

import json
import resource
import signal
import sys
from typing import Any

from transformers.utils import chat_template_utils

_render: Any = chat_template_utils.render_jinja_template

LONGEST_ERROR = 500  # templates write these too


def _answer(request: dict[str, Any]) -> dict[str, str]:
    try:
        [text], _ = _render(
            conversations=[request["messages"]],
            chat_template=request["template"],
            add_generation_prompt=True,
            **request["tokens"],
        )
    except MemoryError:
        return {"error": "it needs too much memory"}
    except Exception as error:  # templates raise what they like
        return {"error": str(error)[:LONGEST_ERROR] or type(error).__name__}
    if len(text) > request["longest"]:
        return {"error": f"it writes more than {request['longest']} characters"}
    return {"text": text}


def serve(seconds: int, memory: int) -> None:
    """Answer until the caller is gone. What takes too long ends the process, wherever it stands."""
    for name in (signal.SIGTERM, signal.SIGINT):  # the caller's own, who may still need a prompt
        signal.signal(name, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin:
        signal.alarm(seconds)
        answer = json.dumps(_answer(json.loads(line)))
        signal.alarm(0)
        print(answer, flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
