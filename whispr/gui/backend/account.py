"""What a person does to the own profile: name, secret, relay, what others are told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from whispr.client.account import check_name
from whispr.client.crypto.pin_patterns import SecretProblem
from whispr.client.crypto.secret_strength import assess
from whispr.client.store.settings import AUTO_DOWNLOAD, KEEP_HISTORY_DAYS, READ_RECEIPTS, SEND_HERE
from whispr.errors import UserInputError
from whispr.gui.checks import RelayCheck, RelayState, SecretCheck
from whispr.protocol.address import RelayAddress

if TYPE_CHECKING:
    from whispr.gui.backend.session import Session

RELAY_SECONDS = 12.0
_PATTERNS = frozenset(
    {
        *(SecretProblem.REPEATED, SecretProblem.SEQUENCE, SecretProblem.KEYPAD),
        *(SecretProblem.DATE_LIKE, SecretProblem.CONTAINS_NAME),
    }
)


@dataclass(frozen=True, slots=True)
class TellOthers:
    """What contacts learn, and what comes by itself."""

    read_receipts: bool
    send_here: bool
    auto_download: bool


def check_secret(secret: str, name: str = "") -> SecretCheck:
    """Judge a new PIN or passphrase; fast enough for every key press."""
    strength = assess(secret, person_name=name)
    problems = set(strength.problems)
    sentence = strength.sentence
    return SecretCheck(
        score=strength.score if secret else 0,
        acceptable=bool(secret) and strength.acceptable,
        sentence=sentence[:1].upper() + sentence[1:] + ".",
        long_enough=bool(secret)
        and not problems & {SecretProblem.TOO_SHORT, SecretProblem.TOO_FEW_WORDS},
        not_common=bool(secret) and SecretProblem.COMMON not in problems,
        no_pattern=bool(secret) and not problems & _PATTERNS,
    )


def name_problem(name: str) -> str:
    """Why a name cannot stand on a card, or an empty text."""
    try:
        check_name(name.strip())
    except UserInputError as error:
        return str(error)[:1].upper() + str(error)[1:] + "."
    return ""


async def check_relay(text: str) -> RelayCheck:
    """Look at a relay once: is it there, and is it the one that the address names.

    Raises:
        InvalidAddressError, ConnectError, CertificateError, RelayError, RemoteProtocolError.
    """
    from whispr.client.probe import find_relay  # see `backend.loading`

    try:
        async with asyncio.timeout(RELAY_SECONDS):
            address = await find_relay(RelayAddress.parse(text.strip()))
    except TimeoutError as error:
        raise UserInputError("the relay does not answer: check the address") from error
    return RelayCheck(address.location, address.text(), _fingerprint(address))


def _fingerprint(relay: RelayAddress) -> str:
    digits = relay.relay_ids[0].hex()[:32] if relay.relay_ids else ""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


class Account:
    """Methods run in the network thread."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def rename(self, name: str) -> None:
        """Call ourselves otherwise; contacts are told."""
        self._session.client.rename(name.strip())
        self._session.tell_people()

    async def change_secret(self, old: str, new: str) -> None:
        """Seal the keys under another PIN or passphrase.

        Raises:
            WrongPinError, WeakSecretError.
        """
        profile = self._session.profile
        await asyncio.to_thread(profile.change_secret, old, new, self._session.access)

    async def tell_others(self) -> TellOthers:
        """What contacts learn now."""
        settings = self._session.client.store.settings
        return TellOthers(
            settings.get(READ_RECEIPTS), settings.get(SEND_HERE), settings.get(AUTO_DOWNLOAD)
        )

    async def set_tell_others(self, wanted: TellOthers) -> None:
        """Change it."""
        client = self._session.client
        with client.store.transaction():
            client.store.settings.set(READ_RECEIPTS, wanted.read_receipts)
            client.store.settings.set(SEND_HERE, wanted.send_here)
            client.store.settings.set(AUTO_DOWNLOAD, wanted.auto_download)

    async def keep_days(self) -> int:
        """For how many days messages are kept here; 0 for all of them."""
        return self._session.client.store.settings.get(KEEP_HISTORY_DAYS)

    async def set_keep_days(self, days: int) -> int:
        """Change it, and delete what is older now; returns how many messages went."""
        self._session.client.store.settings.set(KEEP_HISTORY_DAYS, days)
        return self._session.purge()

    async def retry_now(self) -> None:
        """Connect at once; also takes the mailbox back from another device ("use here")."""
        self._session.client.retry_now()

    async def relay(self) -> str:
        """Where our mailbox lies, with its pin."""
        return self._session.client.relay.text()

    async def relay_state(self) -> RelayState:
        """Where our mailbox lies and lay."""
        client = self._session.client
        relay = client.relay
        former = tuple((place.relay.location, place.until_ms) for place in client.former_places)
        return RelayState(relay.location, relay.text(), _fingerprint(relay), former)

    async def move(self, address: str) -> RelayState:
        """Have our mailbox at another relay, which is looked at once more; contacts are told.

        Raises as `check_relay`, and:
            UserInputError: another device took our place.
        """
        found = await check_relay(address)
        self._session.client.move(RelayAddress.parse(found.address))
        self._session.tell_people()
        return await self.relay_state()
