#!lua flags=no-writes
-- Whether a part may be kept. KEYS meta parts ; ARGV now index size part_bytes
-- -> {0, generation, lasts} keep it, {1, expires in} complete, {2} there already,
--    {3} no upload, {4} wrong index or size, {5} all there but not looked at
local now, index = clock(ARGV[1]), tonumber(ARGV[2])
local blob = living(KEYS[1], now)
if not blob then return {3} end
local part_bytes = tonumber(ARGV[4])
if index < 0 or index >= blob.count
    or tonumber(ARGV[3]) ~= math.min(part_bytes, blob.size - index * part_bytes) then
  return {4}
end
if blob.complete == '1' then return {1, blob.due - now} end
if redis.call('HLEN', KEYS[2]) == blob.count then return {5} end
if redis.call('HEXISTS', KEYS[2], ARGV[2]) == 1 then return {2} end
return {0, blob.generation, math.max(blob.latest - now, 0) + blob.life + blob.pause}
