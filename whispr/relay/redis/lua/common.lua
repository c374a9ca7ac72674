-- What every script begins with. ITEM_BYTES, MAILBOX_BYTES, LIST_BYTES come from the relay.
-- Times are milliseconds of this Redis, or `given` where the relay feeds a clock.

local LONG_MS = 32 * 86400000     -- how long books outlive the last relay
local SLACK_MS = 60000            -- the native expiry of bodies: only for the case that no relay is left
local LEDGER = '>ddddddddd'       -- messages, mailboxes, held, unseen, remembered, lists, owners, expired, evicted
local STATE = '>ddddd'            -- messages, bytes, first due, newest position, whether counted as seen
local HEAD = '>dddI4'             -- position, due, arrived, size; then key 32, envelope id 16, address 8, origin
local OWNER = '>dd'               -- seen, end of the lease; then the token of the watcher

local function number_text(number) return string.format('%.0f', number) end

local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function read_ledger(key)
  local raw = redis.call('GET', key)
  if not raw then return {0, 0, 0, 0, 0, 0, 0, 0, 0} end
  return {struct.unpack(LEDGER, raw)}
end

local function write_ledger(key, ledger)
  local raw = struct.pack(LEDGER, unpack(ledger, 1, 9))
  redis.call('SET', key, raw, 'PX', LONG_MS)
  return raw
end

local function read_state(key)
  local raw = redis.call('GET', key)
  if not raw then return {0, 0, 0, 0, 0} end
  return {struct.unpack(STATE, raw)}
end

local function weight(state)
  if state[1] == 0 then return 0 end
  return state[2] + state[1] * ITEM_BYTES + MAILBOX_BYTES
end

-- Carries a changed mailbox into the books of its bucket.
local function settle(mailbox, name, keys, ledger, before, state)
  local old, new = weight(before), weight(state)
  ledger[1] = ledger[1] + state[1] - before[1]
  ledger[2] = ledger[2] + (state[1] > 0 and 1 or 0) - (before[1] > 0 and 1 or 0)
  ledger[3] = ledger[3] + new - old
  ledger[4] = ledger[4] + (state[5] == 0 and new or 0) - (before[5] == 0 and old or 0)
  local raw = struct.pack(STATE, unpack(state, 1, 5))
  if state[1] > 0 then
    redis.call('SET', mailbox.state, raw, 'PX', LONG_MS)
    if before[1] == 0 or state[3] ~= before[3] then
      redis.call('ZADD', keys.due, number_text(state[3]), name)
      redis.call('PEXPIRE', keys.due, LONG_MS)
    end
  else
    redis.call('DEL', mailbox.heads, mailbox.bodies)
    redis.call('ZREM', keys.due, name)
    redis.call('SET', mailbox.state, raw, 'PX', 600000)  -- positions go on rising
  end
end

local function parse(raw)
  local position, due, arrived, size = struct.unpack(HEAD, raw)
  return {raw = raw, position = position, due = due, arrived = arrived, size = size,
          key = string.sub(raw, 29, 60), address = string.sub(raw, 77, 84)}
end

local function read_heads(key)
  local found = {}
  for index, raw in ipairs(redis.call('LRANGE', key, 0, -1)) do found[index] = parse(raw) end
  return found
end

local function remove(mailbox, state, head)
  redis.call('LREM', mailbox.heads, 1, head.raw)
  redis.call('HDEL', mailbox.bodies, number_text(head.position))
  state[1], state[2] = state[1] - 1, state[2] - head.size
end

local function first_due(heads)
  local first = 0
  for _, head in ipairs(heads) do
    if first == 0 or head.due < first then first = head.due end
  end
  return first
end

-- Drops what is over; returns how much that was.
local function expire(mailbox, state, now)
  if state[1] == 0 or state[3] > now then return 0 end
  local heads, kept, gone = read_heads(mailbox.heads), {}, 0
  for _, head in ipairs(heads) do
    if head.due <= now then
      remove(mailbox, state, head)
      gone = gone + 1
    else
      kept[#kept + 1] = head
    end
  end
  if #kept == 0 then  -- it may have gone by its native expiry
    gone = gone + state[1]
    state[1], state[2] = 0, 0
  end
  state[3] = first_due(kept)
  return gone
end

local function read_owner(key, now)
  local raw = redis.call('GET', key)
  if not raw then return nil end
  local seen, lease = struct.unpack(OWNER, raw)
  local token = string.sub(raw, 17)
  return {seen = seen, lease = lease, token = token, watched = token ~= '' and lease > now}
end

local function write_owner(key, seen, lease, token)
  redis.call('SET', key, struct.pack(OWNER, seen, lease) .. token, 'PX', LONG_MS)
end

-- Notes that an owner was there; lists protect a mailbox and have a table of their own.
local function note_seen(keys, ledger, name, now, listed)
  if listed then
    redis.call('ZADD', keys.listed, number_text(now), name)
    redis.call('PEXPIRE', keys.listed, LONG_MS)
  else
    ledger[7] = ledger[7] + redis.call('ZADD', keys.seen, number_text(now), name)
    redis.call('PEXPIRE', keys.seen, LONG_MS)
  end
end
