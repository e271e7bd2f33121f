"""The client: every operation of the API, and what takes more than one of them."""

from __future__ import annotations

from tiebreak.downloads import Downloads
from tiebreak.finding import Finding
from tiebreak.http import Transport
from tiebreak.uploads import Uploads
from tiebreak.waiting import Waiting


class Client(Uploads, Downloads, Waiting, Finding):
    """One person's access to one server.

    Every operation is a method under the name it has in the API document, such as `runs_list`; lists
    that come in pages are iterators. Answers are plain dicts, typed in `tiebreak.schema`.

    `timeout`: seconds without a byte before a request is given up; `patience`: seconds for which what
    is safe to repeat is tried again.
    """

    def __init__(
        self, url: str, token: str, *, timeout: float = 60.0, patience: float = 60.0
    ) -> None:
        self.http = Transport(url, token, timeout=timeout, patience=patience)

    @property
    def url(self) -> str:
        """Where the server is."""
        return self.http.url
