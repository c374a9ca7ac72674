#!lua flags=allow-oom
-- Forgets an owner that was away for `retention`; with 'any' also one that was not, to make room.
-- KEYS owner seen listed ledger list ; ARGV now mailbox retention -> ledger
local now, name = clock(ARGV[1]), ARGV[2]
local ledger, owner = read_ledger(KEYS[4]), read_owner(KEYS[1], now)
local any = ARGV[3] == 'any'
if not any and owner and (owner.watched or owner.seen > now - tonumber(ARGV[3])) then
  note_seen({seen = KEYS[2], listed = KEYS[3]}, ledger, name, owner.watched and now or owner.seen,
            redis.call('EXISTS', KEYS[5]) == 1)
  return write_ledger(KEYS[4], ledger)
end
ledger[7] = ledger[7] - redis.call('ZREM', KEYS[2], name)
if not any then
  local former = redis.call('STRLEN', KEYS[5])
  if former > 0 then ledger[6] = ledger[6] - former - LIST_BYTES end
  redis.call('ZREM', KEYS[3], name)
  redis.call('DEL', KEYS[5])
end
if not owner or not owner.watched then redis.call('DEL', KEYS[1]) end
return write_ledger(KEYS[4], ledger)
