"""ML-KEM-768 a second time, from FIPS 203 alone: slow, not constant-time, only for vectors.

It takes the randomness of an encapsulation from outside, which the library does not.
"""

from __future__ import annotations

import hashlib

Q, K = 3329, 3
Poly = list[int]


def _reversed_bits(number: int) -> int:
    return int(f"{number:07b}"[::-1], 2)


ZETAS = [pow(17, _reversed_bits(index), Q) for index in range(128)]
GAMMAS = [pow(17, 2 * _reversed_bits(index) + 1, Q) for index in range(128)]


def _ntt(poly: Poly) -> Poly:
    """Algorithm 9."""
    f, index, length = list(poly), 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                product = ZETAS[index] * f[j + length] % Q
                f[j + length], f[j] = (f[j] - product) % Q, (f[j] + product) % Q
            index += 1
        length //= 2
    return f


def _inverse_ntt(poly: Poly) -> Poly:
    """Algorithm 10."""
    f, index, length = list(poly), 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            for j in range(start, start + length):
                first = f[j]
                f[j] = (first + f[j + length]) % Q
                f[j + length] = ZETAS[index] * (f[j + length] - first) % Q
            index -= 1
        length *= 2
    return [value * 3303 % Q for value in f]


def _product(left: Poly, right: Poly) -> Poly:
    """Algorithms 11 and 12."""
    out: Poly = []
    for index, gamma in enumerate(GAMMAS):
        a0, a1 = left[2 * index : 2 * index + 2]
        b0, b1 = right[2 * index : 2 * index + 2]
        out += [(a0 * b0 + a1 * b1 * gamma) % Q, (a0 * b1 + a1 * b0) % Q]
    return out


def _sum(*polys: Poly) -> Poly:
    return [sum(values) % Q for values in zip(*polys, strict=True)]


def _dot(left: list[Poly], right: list[Poly]) -> Poly:
    return _sum(*(_product(a, b) for a, b in zip(left, right, strict=True)))


def _encode(poly: Poly, bits: int) -> bytes:
    number = sum(value << (bits * index) for index, value in enumerate(poly))
    return number.to_bytes(32 * bits, "little")


def _decode(data: bytes, bits: int) -> Poly:
    number = int.from_bytes(data, "little")
    return [number >> (bits * index) & ((1 << bits) - 1) for index in range(256)]


def _compressed(poly: Poly, bits: int) -> Poly:
    return [((value << (bits + 1)) + Q) // (2 * Q) % (1 << bits) for value in poly]


def _decompressed(poly: Poly, bits: int) -> Poly:
    return [(value * Q * 2 + (1 << bits)) >> (bits + 1) for value in poly]


def _uniform(seed: bytes, column: int, row: int) -> Poly:
    """Algorithm 7."""
    stream, out = hashlib.shake_128(seed + bytes((column, row))).digest(3 * 1024), []
    for place in range(0, len(stream), 3):
        b0, b1, b2 = stream[place : place + 3]
        out += [value for value in (b0 + 256 * (b1 % 16), b1 // 16 + 16 * b2) if value < Q]
    return out[:256]


def _small(seed: bytes, counter: int) -> Poly:
    """Algorithm 8 with eta = 2."""
    bits = _decode(hashlib.shake_256(seed + bytes((counter,))).digest(128), 4)
    return [((v & 1) + (v >> 1 & 1) - (v >> 2 & 1) - (v >> 3 & 1)) % Q for v in bits]


def _matrix(seed: bytes) -> list[list[Poly]]:
    return [[_uniform(seed, column, row) for column in range(K)] for row in range(K)]


def _g(data: bytes) -> tuple[bytes, bytes]:
    digest = hashlib.sha3_512(data).digest()
    return digest[:32], digest[32:]


def _key_pair(seed: bytes) -> tuple[bytes, list[Poly]]:
    """Algorithm 13: the public key and the secret in the NTT domain."""
    rho, sigma = _g(seed + bytes((K,)))
    secret = [_ntt(_small(sigma, index)) for index in range(K)]
    errors = [_ntt(_small(sigma, K + index)) for index in range(K)]
    public = [
        _sum(_dot(row, secret), error) for row, error in zip(_matrix(rho), errors, strict=True)
    ]
    return b"".join(_encode(poly, 12) for poly in public) + rho, secret


def _encrypt(public: bytes, message: bytes, randomness: bytes) -> bytes:
    """Algorithm 14."""
    t = [_decode(public[384 * index : 384 * (index + 1)], 12) for index in range(K)]
    matrix = _matrix(public[384 * K :])
    y = [_ntt(_small(randomness, index)) for index in range(K)]
    u = [
        _sum(
            _inverse_ntt(_dot([matrix[row][column] for row in range(K)], y)),
            _small(randomness, K + column),
        )
        for column in range(K)
    ]
    text = _decompressed(_decode(message, 1), 1)
    v = _sum(_inverse_ntt(_dot(t, y)), _small(randomness, 2 * K), text)
    return b"".join(_encode(_compressed(poly, 10), 10) for poly in u) + _encode(
        _compressed(v, 4), 4
    )


def public_key(seed: bytes) -> bytes:
    """The encapsulation key of a seed `d || z`, 1,184 bytes."""
    return _key_pair(seed[:32])[0]


def encapsulate(public: bytes, message: bytes) -> tuple[bytes, bytes]:
    """Algorithm 17: the secret and the ciphertext for 32 given random bytes."""
    secret, randomness = _g(message + hashlib.sha3_256(public).digest())
    return secret, _encrypt(public, message, randomness)


def decapsulate(seed: bytes, ciphertext: bytes) -> bytes:
    """Algorithm 18, implicit rejection included."""
    public, secret = _key_pair(seed[:32])
    u = [
        _decompressed(_decode(ciphertext[320 * index : 320 * (index + 1)], 10), 10)
        for index in range(K)
    ]
    v = _decompressed(_decode(ciphertext[320 * K :], 4), 4)
    noise = _inverse_ntt(_dot(secret, [_ntt(poly) for poly in u]))
    message = _encode(_compressed([(a - b) % Q for a, b in zip(v, noise, strict=True)], 1), 1)
    shared, again = encapsulate(public, message)
    if again == ciphertext:
        return shared
    return hashlib.shake_256(seed[32:] + ciphertext).digest(32)
