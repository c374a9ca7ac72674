#!lua flags=allow-oom
-- Whether `token` still is the watcher; renews its lease, also after everything was lost.
-- KEYS owner seen listed ledger list state ; ARGV now mailbox token lease refresh
-- -> {0} or {1, ledger, messages that wait}
local now, name, token, lease = clock(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local owner, waiting = read_owner(KEYS[1], now), read_state(KEYS[6])[1]
if owner and owner.watched and owner.token ~= token then return {0} end
if owner and owner.watched and owner.lease - now > lease / 2 and now - owner.seen < tonumber(ARGV[5]) then
  return {1, '', waiting}
end
local ledger = read_ledger(KEYS[4])
write_owner(KEYS[1], now, now + lease, token)
note_seen({seen = KEYS[2], listed = KEYS[3]}, ledger, name, now, redis.call('EXISTS', KEYS[5]) == 1)
return {1, write_ledger(KEYS[4], ledger), waiting}
