"""Who may connect, counted on both sides of every limit."""

from __future__ import annotations

import pytest

from whispr.relay.admission import Admission, Permit, Turned
from whispr.relay.config import RelayConfig
from whispr.relay.limits import RateLimit, RateLimits

OFTEN = RateLimit(1.0, 1000)


@pytest.fixture
def make(clock):
    def make(descriptors=10_000, rate=OFTEN, **settings):
        return Admission(RelayConfig(**settings), RateLimits(rate, clock), descriptors)

    return make


def test_thirty_two_of_one_address_and_no_more(make):
    admission = make()
    permits = [admission.admit("192.0.2.1") for _ in range(32)]
    assert all(isinstance(permit, Permit) for permit in permits)
    assert admission.admit("192.0.2.1") is Turned.ADDRESS
    assert isinstance(admission.admit("192.0.2.2"), Permit)
    permits[0].release()
    permits[0].release()
    assert isinstance(admission.admit("192.0.2.1"), Permit)
    assert admission.admit("192.0.2.1") is Turned.ADDRESS


def test_ipv6_counts_by_64_and_mapped_ipv4_as_ipv4(make):
    admission = make(max_connections_per_address=1)
    assert isinstance(admission.admit("2001:db8::1"), Permit)
    assert admission.admit("2001:db8::2") is Turned.ADDRESS
    assert isinstance(admission.admit("2001:db8:0:1::1"), Permit)
    assert isinstance(admission.admit("192.0.2.1"), Permit)
    assert admission.admit("::ffff:192.0.2.1") is Turned.ADDRESS
    assert isinstance(admission.admit("fe80::1%eth0"), Permit)


def test_total(make):
    admission = make(max_connections=2)
    first = admission.admit("192.0.2.1")
    admission.admit("192.0.2.2")
    assert admission.admit("192.0.2.3") is Turned.TOTAL
    first.release()
    assert len(admission) == 1
    assert isinstance(admission.admit("192.0.2.3"), Permit)


def test_descriptors_are_kept_back_for_everything_else(make):
    admission = make(descriptors=70)
    admitted = [admission.admit(f"192.0.2.{n}") for n in range(10)]
    assert sum(isinstance(permit, Permit) for permit in admitted) == 6


def test_rate_of_one_address(make, clock):
    admission = make(rate=RateLimit(1.0, 2))
    assert isinstance(admission.admit("192.0.2.1"), Permit)
    assert isinstance(admission.admit("192.0.2.1"), Permit)
    assert admission.admit("192.0.2.1") is Turned.RATE
    assert isinstance(admission.admit("192.0.2.2"), Permit)
    clock.advance(1000)
    assert isinstance(admission.admit("192.0.2.1"), Permit)


def test_allowed_networks_only(make):
    admission = make(allow_addresses=("192.0.2.0/24", "2001:db8::/32"))
    assert isinstance(admission.admit("192.0.2.9"), Permit)
    assert isinstance(admission.admit("::ffff:192.0.2.9"), Permit)
    assert isinstance(admission.admit("2001:db8::9"), Permit)
    assert admission.admit("198.51.100.1") is Turned.NETWORK


def test_other_limits_hold_for_the_next_one(make):
    admission = make(max_connections_per_address=1)
    admission.admit("192.0.2.1")
    admission.change(RelayConfig(max_connections_per_address=2))
    assert isinstance(admission.admit("192.0.2.1"), Permit)
    assert admission.admit("192.0.2.1") is Turned.ADDRESS
