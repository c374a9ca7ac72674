#!lua flags=allow-oom
-- Deletes up to and with a position; cumulative, idempotent, works when memory is full.
-- KEYS state heads bodies ledger due ; ARGV now mailbox position -> {count, ledger}
local mailbox = {state = KEYS[1], heads = KEYS[2], bodies = KEYS[3]}
local state = read_state(KEYS[1])
if state[1] == 0 then return {0, ''} end
local before, ledger = {unpack(state, 1, 5)}, read_ledger(KEYS[4])
local expired, count, last = expire(mailbox, state, clock(ARGV[1])), 0, tonumber(ARGV[3])
while state[1] > 0 do
  local raw = redis.call('LINDEX', mailbox.heads, 0)
  if not raw then break end
  local head = parse(raw)
  if head.position > last then break end
  redis.call('LPOP', mailbox.heads)
  redis.call('HDEL', mailbox.bodies, number_text(head.position))
  state[1], state[2], count = state[1] - 1, state[2] - head.size, count + 1
end
if count == 0 and expired == 0 then return {0, ''} end
-- The first due may now be too early: that costs one look of the sweep and no more.
ledger[8] = ledger[8] + expired
settle(mailbox, ARGV[2], {due = KEYS[5]}, ledger, before, state)
return {count, write_ledger(KEYS[4], ledger)}
