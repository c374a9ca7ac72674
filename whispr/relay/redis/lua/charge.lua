#!lua
-- Generic cell rate algorithm. KEYS tat ; ARGV now period_us burst -> milliseconds to wait, or 0
local now
if ARGV[1] ~= '' then
  now = tonumber(ARGV[1]) * 1000
else
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local period, burst = tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + period
local excess = full_at - now - period * burst
if excess > 0 then return math.ceil(excess / 1000) end
redis.call('SET', KEYS[1], number_text(full_at), 'PX', math.ceil((full_at - now) / 1000) + (ARGV[1] ~= '' and SLACK_MS or 1))
return 0
