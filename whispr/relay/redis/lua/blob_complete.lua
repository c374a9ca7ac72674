#!lua flags=allow-oom
-- The parts make up the id: life begins. KEYS meta dues ; ARGV now id -> expires in, or -1
local now = clock(ARGV[1])
local blob = living(KEYS[1], now)
if not blob then return -1 end
if blob.complete == '1' then return blob.due - now end
return begin_life(KEYS[1], KEYS[2], ARGV[2], blob, now, blob.life, blob.pause) - now
