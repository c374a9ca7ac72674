#!lua
-- Replaces a sender list. KEYS owner seen listed ledger list ; ARGV now mailbox keys room
-- -> ledger, or nothing where there is no room
local now, name, new = clock(ARGV[1]), ARGV[2], #ARGV[3]
local ledger, former = read_ledger(KEYS[4]), redis.call('STRLEN', KEYS[5])
local grown = (new > 0 and new + LIST_BYTES or 0) - (former > 0 and former + LIST_BYTES or 0)
if new > 0 and grown > 0 and grown > tonumber(ARGV[4]) then return false end
if new > 0 then
  redis.call('SET', KEYS[5], ARGV[3], 'PX', LONG_MS)
  ledger[7] = ledger[7] - redis.call('ZREM', KEYS[2], name)
else
  redis.call('DEL', KEYS[5])
  redis.call('ZREM', KEYS[3], name)
end
ledger[6] = ledger[6] + grown
note_seen({seen = KEYS[2], listed = KEYS[3]}, ledger, name, now, new > 0)
local owner = read_owner(KEYS[1], now)
write_owner(KEYS[1], now, owner and owner.lease or 0, owner and owner.token or '')
return write_ledger(KEYS[4], ledger)
