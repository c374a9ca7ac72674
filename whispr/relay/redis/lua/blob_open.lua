#!lua flags=allow-oom
-- Opens a complete file; its life pauses. KEYS meta dues ; ARGV now id token_hash reading_ms
-- -> {size, header, expires in, generation} or nothing
local now = clock(ARGV[1])
local blob = living(KEYS[1], now)
if not blob or blob.complete ~= '1' or blob.token ~= ARGV[3] then return false end
local till = now + tonumber(ARGV[4])
local pause = till - math.max(now, blob.reading)
local due = math.max(blob.due, math.min(blob.due + pause, blob.latest))
redis.call('HSET', KEYS[1], 'reading', number_text(till))
set_due(KEYS[1], KEYS[2], ARGV[2], due)
return {blob.size, blob.header, due - now, blob.generation}
