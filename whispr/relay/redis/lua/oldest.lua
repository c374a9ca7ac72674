#!lua flags=no-writes
-- The owner without a list who was away for longest. KEYS seen
return redis.call('ZRANGE', KEYS[1], 0, 0)[1]
