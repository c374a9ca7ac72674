#!lua flags=allow-oom
-- Makes `token` the watcher. KEYS owner seen listed ledger list state channel
-- ARGV now mailbox token lease -> ledger
local now, name, token = clock(ARGV[1]), ARGV[2], ARGV[3]
local ledger, owner, state = read_ledger(KEYS[4]), read_owner(KEYS[1], now), read_state(KEYS[6])
write_owner(KEYS[1], now, now + ARGV[4], token)
note_seen({seen = KEYS[2], listed = KEYS[3]}, ledger, name, now, redis.call('EXISTS', KEYS[5]) == 1)
if state[1] > 0 and state[5] == 0 then
  ledger[4] = ledger[4] - weight(state)
  state[5] = 1
  redis.call('SET', KEYS[6], struct.pack(STATE, unpack(state, 1, 5)), 'PX', LONG_MS)
end
if owner and owner.watched and owner.token ~= token then
  redis.call('SPUBLISH', KEYS[7], 'D' .. name)
end
return write_ledger(KEYS[4], ledger)
