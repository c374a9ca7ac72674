#!lua flags=no-writes
-- What is over. KEYS totals dues ; ARGV now limit -> {sums, ids}
return {sums(KEYS[1]), redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', number_text(clock(ARGV[1])),
                                  'LIMIT', 0, ARGV[2])}
