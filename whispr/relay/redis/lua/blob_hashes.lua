#!lua flags=no-writes
-- KEYS meta parts ; ARGV now -> {size, header, generation, index, hash, …} or nothing
local blob = living(KEYS[1], clock(ARGV[1]))
if not blob then return false end
return {blob.size, blob.header, blob.generation, redis.call('HGETALL', KEYS[2])}
