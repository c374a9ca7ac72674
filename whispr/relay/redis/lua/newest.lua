#!lua flags=no-writes
-- KEYS heads ; ARGV now -> position of the newest living envelope as text
local now = clock(ARGV[1])
local heads = redis.call('LRANGE', KEYS[1], 0, -1)
for index = #heads, 1, -1 do
  local head = parse(heads[index])
  if head.due > now then return number_text(head.position) end
end
return '0'
