#!lua flags=allow-oom
-- Hands on an EPHEMERAL envelope. KEYS owner channel ; ARGV now mailbox token body
-- -> 0 nobody is there, 1 it is the caller's own watcher, 2 sent to another process
local owner = read_owner(KEYS[1], clock(ARGV[1]))
if not owner or not owner.watched then return 0 end
if owner.token == ARGV[3] then return 1 end
redis.call('SPUBLISH', KEYS[2], 'E' .. ARGV[2] .. ARGV[4])
return 2
