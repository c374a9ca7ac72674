#!lua flags=allow-oom
-- Notes a part that was kept. KEYS meta parts dues ; ARGV now id index digest unfinished generation
-- -> 0 more are missing, 1 it was the last, -1 the upload is gone
local now = clock(ARGV[1])
local blob = living(KEYS[1], now)
if not blob or blob.generation ~= ARGV[6] then return -1 end
if redis.call('HSETNX', KEYS[2], ARGV[3], ARGV[4]) == 0 then return 0 end
redis.call('PEXPIRE', KEYS[2], LONG_MS)
if redis.call('HLEN', KEYS[2]) == blob.count then return 1 end
set_due(KEYS[1], KEYS[3], ARGV[2], math.min(now + tonumber(ARGV[5]), blob.latest))
return 0
