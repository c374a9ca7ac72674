"""The shared store: connections to a Redis or Valkey, scripts, notifications, books."""
