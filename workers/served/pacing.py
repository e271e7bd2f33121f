"""How often a server is asked, over all workers: at most so many requests and tokens in any 60 seconds.

A log of the last minute per server stands in Redis as a sorted set of (request id : tokens) by time; the
script looks, decides and writes in one step by Redis's own clock. Tokens are reserved before a request,
by its size and the most it may answer, and put right when the server says what it used. A pause that a
server asked for (Retry-After) holds for all workers. Where Redis is away nobody asks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings

from annotation.lib.ids import new_id
from annotation.lib.servers import ModelServer

logger = logging.getLogger(__name__)
PREFIX = "tiebreak:server:"
WINDOW_MS = 60_000
WITHOUT_REDIS_MS = 1000
LOOK_S = 0.5
# KEYS: log, pause. ARGV: id, tokens, requests a minute, tokens a minute (0: any). Answers ms to wait, below
# zero those of a pause.
TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return -pause end
local window, cost = 60000, tonumber(ARGV[2])
local requests, tokens = tonumber(ARGV[3]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local log = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local count, sum, wait = #log / 2, 0, 0
for i = 1, #log, 2 do sum = sum + tonumber(string.match(log[i], ':(%d+)$')) end
if tokens > 0 and cost > tokens then cost = tokens end
for i = 1, #log, 2 do
  local full = (requests > 0 and count >= requests) or (tokens > 0 and sum + cost > tokens)
  if not full then break end
  count, sum = count - 1, sum - tonumber(string.match(log[i], ':(%d+)$'))
  wait = tonumber(log[i + 1]) + window - now + 1
end
if wait > 0 then return wait end
redis.call('ZADD', KEYS[1], now, ARGV[1] .. ':' .. cost)
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""
SETTLE = """
local old = ARGV[1] .. ':' .. ARGV[2]
local at = redis.call('ZSCORE', KEYS[1], old)
if at then
  redis.call('ZREM', KEYS[1], old)
  redis.call('ZADD', KEYS[1], at, ARGV[1] .. ':' .. ARGV[3])
end
"""


class Paused(Exception):
    """The server asked everybody to wait, and for longer than we would. `after`: seconds that are left."""

    def __init__(self, after: float) -> None:
        super().__init__()
        self.after = after


class Pace:
    """The pace of one server. Safe for threads."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._broker: Any = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2
        )
        self._keys = [f"{PREFIX}{server.name}:minute", f"{PREFIX}{server.name}:pause"]

    def take(self, tokens: int, halt: Callable[[], None], *, patience_s: float) -> str:
        """Wait for a turn and take it; what to call it when it is settled. `halt` may end the wait.

        Raises Paused where the server's own pause lasts longer than the patience.
        """
        name = str(new_id())
        while wait := self._try(name, tokens):
            if -wait / 1000 > patience_s:
                raise Paused(-wait / 1000)
            rest(abs(wait) / 1000, halt)
        return name

    def _try(self, name: str, tokens: int) -> int:
        """Milliseconds to wait; below zero those of a pause."""
        limits = (self._server.requests_per_minute or 0, self._server.tokens_per_minute or 0)
        try:
            return int(self._broker.eval(TAKE, 2, *self._keys, name, tokens, *limits))
        except redis.RedisError as error:
            if not any(limits):
                return 0
            logger.warning("pace of %s: %s", self._server.name, type(error).__name__)
            return WITHOUT_REDIS_MS

    def settle(self, name: str, reserved: int, used: int) -> None:
        """What the request really took. A hint: lost, the reservation stands for its minute."""
        most = self._server.tokens_per_minute
        stood = reserved if most is None else min(reserved, most)
        try:
            self._broker.eval(SETTLE, 1, self._keys[0], name, stood, used)
        except redis.RedisError as error:
            logger.warning("pace of %s: %s", self._server.name, type(error).__name__)

    def pause(self, seconds: float) -> None:
        """The server asked everybody to wait."""
        try:
            self._broker.set(self._keys[1], "1", px=max(1, round(seconds * 1000)))
        except redis.RedisError as error:
            logger.warning("pace of %s: %s", self._server.name, type(error).__name__)

    def close(self) -> None:
        self._broker.close()


def rest(seconds: float, halt: Callable[[], None]) -> None:
    """Wait so long; `halt` is asked now and then and ends it by raising."""
    silence = threading.Event()
    while seconds > 0:
        halt()
        silence.wait(min(LOOK_S, seconds))
        seconds -= LOOK_S
    halt()
