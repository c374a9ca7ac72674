-- What every script about files begins with. Times are milliseconds of this Redis, or fed.

local LONG_MS = 8 * 86400000  -- longer than any file lives: books never end before what they count

local function number_text(number) return string.format('%.0f', number) end

local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function read(key)
  local flat, found = redis.call('HGETALL', key), {}
  if #flat == 0 then return nil end
  for index = 1, #flat, 2 do found[flat[index]] = flat[index + 1] end
  for _, name in ipairs({'size', 'count', 'life', 'charged', 'due', 'latest', 'reading', 'pause'}) do
    found[name] = tonumber(found[name])
  end
  return found
end

-- What says that a file lives and is meant.
local function living(key, now)
  local blob = read(key)
  if blob and blob.due > now then return blob end
  return nil
end

local function set_due(meta, dues, id, due)
  redis.call('HSET', meta, 'due', number_text(due))
  redis.call('ZADD', dues, number_text(due), id)
end

local function charge(totals, shares, blob, amount, count)
  redis.call('HINCRBY', totals, 'bytes', amount)
  redis.call('HINCRBY', totals, 'blobs', count)
  for _, field in ipairs({'u' .. blob.uploader, 'm' .. blob.mailbox}) do
    if redis.call('HINCRBY', shares, field, amount) <= 0 then redis.call('HDEL', shares, field) end
  end
end

local function sums(totals)
  local found = redis.call('HMGET', totals, 'bytes', 'blobs')
  return {tonumber(found[1] or 0), tonumber(found[2] or 0)}
end

local function begin_life(meta, dues, id, blob, now, life, pause)
  local due = now + life
  if blob.complete == '1' then due = math.max(due, blob.due) end
  redis.call('HSET', meta, 'complete', '1', 'latest', number_text(now + life + pause),
             'reading', number_text(now), 'life', number_text(life), 'pause', number_text(pause))
  set_due(meta, dues, id, due)
  return due
end
