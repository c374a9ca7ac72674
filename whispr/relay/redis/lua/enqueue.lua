#!lua
-- Keeps one envelope and remembers it, or says why not; wakes whoever watches elsewhere.
-- KEYS state heads bodies ledger due owner list remembered forgetting channel
-- ARGV now mailbox body key envelope_id digest address origin life remember token drop
--      messages bytes stranger_messages stranger_bytes near_messages near_bytes
--      room_total room_remembered room_unseen remembered_bytes
-- -> {0, ledger, watched, evicted heads} {1, life} {2} {3, ledger, wait} {4, ledger}
local mailbox = {state = KEYS[1], heads = KEYS[2], bodies = KEYS[3]}
local keys = {due = KEYS[5]}
local name, body, size = ARGV[2], ARGV[3], #ARGV[3]
local now, life, remember = clock(ARGV[1]), tonumber(ARGV[9]), tonumber(ARGV[10])

local known = redis.call('GET', KEYS[8])
if known then
  local due, first_life = struct.unpack('>dd', known)
  if due > now then
    if string.sub(known, 17) == ARGV[6] then return {1, first_life} end
    return {2}
  end
end

local ledger, state = read_ledger(KEYS[4]), read_state(KEYS[1])
local before = {unpack(state, 1, 5)}
local expired = expire(mailbox, state, now)
ledger[8] = ledger[8] + expired
local owner = read_owner(KEYS[6], now)
local seen = owner and 1 or 0
state[5] = seen

local function refuse(code, wait)
  if expired > 0 or before[5] ~= seen then
    settle(mailbox, name, keys, ledger, before, state)
    return {code, write_ledger(KEYS[4], ledger), wait}
  end
  return {code, struct.pack(LEDGER, unpack(ledger, 1, 9)), wait}
end

local drop, evicted, evicted_bytes, list = ARGV[12] == '1', {}, 0, redis.call('GET', KEYS[7])

local function is_named(key)
  local start = string.find(list, key, 1, true)
  while start and (start - 1) % 32 ~= 0 do start = string.find(list, key, start + 1, true) end
  return start ~= nil
end

local stranger = list and not is_named(ARGV[4])
if stranger or state[1] >= tonumber(ARGV[13]) or state[2] + size > tonumber(ARGV[14]) then
  local heads, named = read_heads(mailbox.heads), {}
  if stranger then
    for _, head in ipairs(heads) do
      if named[head.key] == nil then named[head.key] = is_named(head.key) end
    end
  end
  local function of_stranger(head) return not named[head.key] end
  local function near(head) return of_stranger(head) and head.address == ARGV[7] end
  local function any() return true end
  local shares = {{tonumber(ARGV[13]), tonumber(ARGV[14]), any}}
  if stranger then
    shares = {{tonumber(ARGV[17]), tonumber(ARGV[18]), near},
              {tonumber(ARGV[15]), tonumber(ARGV[16]), of_stranger}, shares[1]}
  end
  for _, share in ipairs(shares) do
    local held, held_bytes = {}, 0
    for _, head in ipairs(heads) do
      if not head.evicted and share[3](head) then
        held[#held + 1] = head
        held_bytes = held_bytes + head.size
      end
    end
    local count, fits, candidate = #held, share[1] > 0 and size <= share[2], 1
    while count >= share[1] or held_bytes + size > share[2] do
      while stranger and held[candidate] and not of_stranger(held[candidate]) do
        candidate = candidate + 1
      end
      local oldest = drop and fits and held[candidate]
      if not oldest then
        local left = {}
        for _, head in ipairs(held) do
          if not head.evicted then left[#left + 1] = head end
        end
        return refuse(3, (fits and #left > 0) and math.ceil(first_due(left) - now) or 0)
      end
      oldest.evicted = true
      evicted[#evicted + 1] = oldest
      evicted_bytes = evicted_bytes + oldest.size + ITEM_BYTES
      count, held_bytes, candidate = count - 1, held_bytes - oldest.size, candidate + 1
    end
  end
end

local added = size + ITEM_BYTES - evicted_bytes + (state[1] == 0 and MAILBOX_BYTES or 0)
-- What expired just now has made room that the relay did not reckon with.
local freed = weight(before) - weight(state)
local freed_unseen = (before[5] == 0 and weight(before) or 0) - (seen == 0 and weight(state) or 0)
local remembered_bytes = tonumber(ARGV[22])
if added + remembered_bytes > tonumber(ARGV[19]) + freed
    or remembered_bytes > tonumber(ARGV[20])
    or (seen == 0 and added > tonumber(ARGV[21]) + freed_unseen) then
  return refuse(4, 0)
end

local gone = {}
for index, head in ipairs(evicted) do
  remove(mailbox, state, head)
  gone[index] = head.raw
end
ledger[9] = ledger[9] + #gone
if #gone > 0 then state[3] = first_due(read_heads(mailbox.heads)) end

local position, due = math.max(now * 1000, state[4] + 1), now + life
local head = struct.pack(HEAD, position, due, now, size)
redis.call('RPUSH', mailbox.heads, head .. ARGV[4] .. ARGV[5] .. ARGV[7] .. ARGV[8])
redis.call('HSET', mailbox.bodies, number_text(position), body)
local lasts = life + SLACK_MS
if state[1] == 0 then
  redis.call('PEXPIRE', mailbox.heads, lasts)
  redis.call('PEXPIRE', mailbox.bodies, lasts)
else
  redis.call('PEXPIRE', mailbox.heads, lasts, 'GT')
  redis.call('PEXPIRE', mailbox.bodies, lasts, 'GT')
end
if state[1] == 0 or due < state[3] then state[3] = due end
state[1], state[2], state[4] = state[1] + 1, state[2] + size, position
settle(mailbox, name, keys, ledger, before, state)

redis.call('SET', KEYS[8], struct.pack('>dd', now + remember, life) .. ARGV[6], 'PX', remember + SLACK_MS)
redis.call('HINCRBY', KEYS[9], number_text(math.ceil((now + remember) / 1000)), 1)
redis.call('PEXPIRE', KEYS[9], 3600000)
ledger[5] = ledger[5] + 1

local watched = 0
if owner and owner.watched then
  watched = owner.token == ARGV[11] and 1 or 2
  if watched == 2 then redis.call('SPUBLISH', KEYS[10], 'W' .. name) end
end
return {0, write_ledger(KEYS[4], ledger), watched, gone}
