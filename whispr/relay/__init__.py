"""The relay: accepts, checks, keeps and delivers ciphertext."""
