"""The far side of the bridge: profile, client and relay, in the network thread."""
