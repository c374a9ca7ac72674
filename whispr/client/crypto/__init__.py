"""What only the ends can compute: identities, suites, key files, attachments."""
