#!lua flags=no-writes
-- KEYS heads bodies ; ARGV now after messages bytes -> {position, age, body, position, …}
local now, after, most, room = clock(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local found, count, start = {}, 0, 0
while count < most do
  local chunk = redis.call('LRANGE', KEYS[1], start, start + 63)
  if #chunk == 0 then break end
  for _, raw in ipairs(chunk) do
    local head = parse(raw)
    if head.position > after and head.due > now then
      room = room - head.size
      if count >= most or (room < 0 and count > 0) then return found end
      local body = redis.call('HGET', KEYS[2], number_text(head.position))
      if body then
        count = count + 1
        found[#found + 1] = number_text(head.position)
        found[#found + 1] = math.max(0, now - head.arrived)
        found[#found + 1] = body
      end
    end
  end
  start = start + 64
end
return found
