#!lua flags=allow-oom
-- What is due in a bucket. KEYS ledger due forgetting seen listed ; ARGV now limit retention
-- -> {ledger, milliseconds to the next as text, mailboxes, owners}
local now, limit, retention = clock(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local ledger, remembered, next_due = read_ledger(KEYS[1]), 0, math.huge
local fields = redis.call('HGETALL', KEYS[3])
for index = 1, #fields, 2 do
  local due = tonumber(fields[index]) * 1000
  if due <= now then
    redis.call('HDEL', KEYS[3], fields[index])
  else
    remembered = remembered + tonumber(fields[index + 1])
    next_due = math.min(next_due, due)
  end
end
local raw
if remembered ~= ledger[5] then
  ledger[5] = remembered
  raw = write_ledger(KEYS[1], ledger)
else
  raw = struct.pack(LEDGER, unpack(ledger, 1, 9))
end
local mailboxes = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', number_text(now), 'LIMIT', 0, limit)
local owners, gone = {}, number_text(now - retention)
for _, key in ipairs({KEYS[4], KEYS[5]}) do
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', gone, 'LIMIT', 0, limit)) do
    owners[#owners + 1] = name
  end
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if oldest[2] then next_due = math.min(next_due, tonumber(oldest[2]) + retention) end
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if first[2] then next_due = math.min(next_due, tonumber(first[2])) end
return {raw, next_due == math.huge and '' or number_text(math.max(0, math.ceil(next_due - now))), mailboxes, owners}
