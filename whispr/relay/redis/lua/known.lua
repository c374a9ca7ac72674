#!lua flags=no-writes
-- KEYS remembered ; ARGV now digest -> life of the first answer, or nothing
local known = redis.call('GET', KEYS[1])
if not known then return false end
local due, life = struct.unpack('>dd', known)
if due <= clock(ARGV[1]) or string.sub(known, 17) ~= ARGV[2] then return false end
return life
