#!lua
-- Begins an upload or tells how far it is. KEYS totals shares dues meta parts
-- ARGV now id mailbox size header token_hash life uploader charged count generation
--      total share unfinished longest pause
-- -> {0, complete, expires in, renewed, generation, sums, parts} {1} other file {2} over {3, wait} no room
local now, id, life = clock(ARGV[1]), ARGV[2], tonumber(ARGV[7])
local blob = read(KEYS[4])
if blob and blob.due <= now then return {2} end
if blob then
  if ARGV[4] ~= number_text(blob.size) or ARGV[5] ~= blob.header or ARGV[6] ~= blob.token then
    return {1}
  end
  local renewed, due = 0, blob.due
  if blob.complete == '1' and blob.uploader == ARGV[8] then
    renewed, due = 1, begin_life(KEYS[4], KEYS[3], id, blob, now, life, tonumber(ARGV[16]))
  end
  return {0, tonumber(blob.complete), due - now, renewed, blob.generation, sums(KEYS[1]),
          redis.call('HKEYS', KEYS[5])}
end
local charged, held = tonumber(ARGV[9]), sums(KEYS[1])
local function share(field) return tonumber(redis.call('HGET', KEYS[2], field) or 0) + charged end
if held[1] + charged > tonumber(ARGV[12]) or share('u' .. ARGV[8]) > tonumber(ARGV[13])
    or share('m' .. ARGV[3]) > tonumber(ARGV[13]) then
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  return {3, first[2] and math.ceil(tonumber(first[2]) - now) or -1}
end
local due = now + tonumber(ARGV[14])
redis.call('HSET', KEYS[4], 'size', ARGV[4], 'count', ARGV[10], 'header', ARGV[5], 'token', ARGV[6],
           'life', ARGV[7], 'uploader', ARGV[8], 'mailbox', ARGV[3], 'charged', ARGV[9],
           'generation', ARGV[11], 'complete', '0', 'pause', ARGV[16],
           'latest', number_text(now + tonumber(ARGV[15])), 'reading', number_text(now))
set_due(KEYS[4], KEYS[3], id, due)
charge(KEYS[1], KEYS[2], {uploader = ARGV[8], mailbox = ARGV[3]}, charged, 1)
for _, key in ipairs({KEYS[1], KEYS[2], KEYS[3], KEYS[4]}) do redis.call('PEXPIRE', key, LONG_MS) end
return {0, 0, due - now, 0, ARGV[11], sums(KEYS[1]), {}}
