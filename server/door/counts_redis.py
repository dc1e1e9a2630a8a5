"""Counts that nodes share in Redis: sliding windows of slices, on the server's own clock.

A count is one hash that ends by itself. It stands in tenths of its window; how long ago the newest began is told by
how long the key has left to live, so that no node's clock counts, nor a command that asks for the time.
"""

from collections.abc import Collection

from server.door.limits_shared import CountsAway, Push, Total
from server.link_redis import ANSWER_S, Client, NoAnswer, ask, numbers

# KEYS: the count. ARGV: the window in ms, how much to add. Gives the sum and the ms until the oldest of it is past.
# `at` numbers the slices; the key lives for two windows from the beginning of its newest slice.
_ADD = """
local window, add = tonumber(ARGV[1]), tonumber(ARGV[2])
local slice = window / 10
local life = 2 * window
local left = redis.call('PTTL', KEYS[1])
if left > life then
  redis.call('DEL', KEYS[1])
  left = -2
end
local at, age, begun = 0, 0, left < 0
if left < 0 then
  if add == 0 then return {0, 0} end
else
  at = tonumber(redis.call('HGET', KEYS[1], 'at'))
  age = math.max(0, life - left)
  local steps = math.floor(age / slice)
  at, begun = at + steps, steps > 0
  age = age - steps * slice
end
if add > 0 then redis.call('HINCRBY', KEYS[1], at, add) end
local sum, oldest = 0, at
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  if held[i] ~= 'at' then
    local n = tonumber(held[i])
    if n < at - 10 then
      redis.call('HDEL', KEYS[1], held[i])
    else
      sum = sum + tonumber(held[i + 1])
      if n < oldest then oldest = n end
    end
  end
end
if sum == 0 then
  redis.call('DEL', KEYS[1])
  return {0, 0}
end
if begun then
  redis.call('HSET', KEYS[1], 'at', at)
  redis.call('PEXPIRE', KEYS[1], math.floor(life - age))
end
return {sum, math.ceil((oldest + 11 - at) * slice - age)}
"""


class RedisCounts:
    """Counts in Redis, under the fingerprints that they are pushed by."""

    def __init__(self, client: Client, *, prefix: str, answer_s: float = ANSWER_S) -> None:
        """`prefix` begins every key, and is another for another server on the same Redis."""
        self._client = client
        self._prefix = prefix
        self._answer_s = answer_s

    async def push(self, pushes: Collection[Push]) -> list[Total]:
        """Add what was counted, and say how much there is of each by now."""
        commands = [("EVAL", _ADD, 1, f"{self._prefix}:rate:{one.key}", one.window_ms, one.add) for one in pushes]
        try:
            answers = await ask(self._client, commands, answer_s=self._answer_s)
            return [Total(*numbers(answer, 2)) for answer in answers]
        except NoAnswer as error:
            raise CountsAway from error
