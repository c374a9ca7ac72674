#!lua flags=allow-oom
-- KEYS owner seen listed ledger list ; ARGV now mailbox token -> ledger, or nothing
local now = clock(ARGV[1])
local owner = read_owner(KEYS[1], now)
if not owner or owner.token ~= ARGV[3] then return false end
local ledger = read_ledger(KEYS[4])
write_owner(KEYS[1], now, 0, '')
note_seen({seen = KEYS[2], listed = KEYS[3]}, ledger, ARGV[2], now, redis.call('EXISTS', KEYS[5]) == 1)
return write_ledger(KEYS[4], ledger)
