#!lua flags=allow-oom
-- Takes a file out of the books, with 'over' only if it is. KEYS totals shares dues meta parts
-- ARGV now id over -> {parts, generation, sums} or nothing
local blob = read(KEYS[4])
if not blob then
  redis.call('ZREM', KEYS[3], ARGV[2])
  return false
end
if ARGV[3] == 'over' and blob.due > clock(ARGV[1]) then return false end
charge(KEYS[1], KEYS[2], blob, -blob.charged, -1)
redis.call('DEL', KEYS[4], KEYS[5])
redis.call('ZREM', KEYS[3], ARGV[2])
return {blob.count, blob.generation, sums(KEYS[1])}
