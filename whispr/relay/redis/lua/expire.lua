#!lua flags=allow-oom
-- Drops what is over in one mailbox. KEYS state heads bodies ledger due ; ARGV now mailbox -> ledger
local mailbox = {state = KEYS[1], heads = KEYS[2], bodies = KEYS[3]}
local state, ledger = read_state(KEYS[1]), read_ledger(KEYS[4])
local before = {unpack(state, 1, 5)}
ledger[8] = ledger[8] + expire(mailbox, state, clock(ARGV[1]))
if before[1] == 0 then
  redis.call('ZREM', KEYS[5], ARGV[2])
else
  settle(mailbox, ARGV[2], {due = KEYS[5]}, ledger, before, state)
end
return write_ledger(KEYS[4], ledger)
