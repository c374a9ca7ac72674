"""Where file ciphertext waits."""
