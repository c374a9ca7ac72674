"""The plan of the house, as data: who may import what, and the exceptions with their reasons.

`tests/house.py` holds the rules that read it. A new module or dependency needs a line here only
when no line covers it yet; the change that adds the line says why.
"""

from __future__ import annotations

ARROWS: dict[str, tuple[str, ...]] = {
    "whispr.errors": (),
    "whispr.config": ("whispr.errors",),
    "whispr.tls": ("whispr.errors", "whispr.protocol.limits"),
    "whispr.protocol": ("whispr.errors", "whispr.protocol"),
    "whispr.relay": (
        *("whispr.errors", "whispr.config", "whispr.tls", "whispr.protocol"),
        "whispr.relay",
    ),
    "whispr.client": (
        *("whispr.errors", "whispr.config", "whispr.tls", "whispr.protocol"),
        "whispr.client",
    ),
    # Views and widgets know the items alone: what they show comes in, commands go out.
    **dict.fromkeys(
        ("whispr.gui.views", "whispr.gui.widgets", "whispr.gui.conversation"),
        ("whispr.errors", "whispr.gui"),
    ),
    # On the far side of the bridge a relay of one's own may run too.
    "whispr.gui.backend.hosting": (
        *("whispr.errors", "whispr.protocol", "whispr.relay"),
        "whispr.gui",
    ),
    "whispr.gui": (
        *("whispr.errors", "whispr.config", "whispr.protocol", "whispr.client"),
        "whispr.gui",
    ),
    "whispr.cli": (
        *("whispr.errors", "whispr.config", "whispr.tls", "whispr.protocol"),
        *("whispr.relay", "whispr.client", "whispr.gui", "whispr.cli", "whispr.conformance"),
    ),
    # Looks at relays and clients from outside: the wire and the own relay, never the own client.
    "whispr.conformance.own_client": ("whispr.errors", "whispr.protocol", "whispr.client"),
    "whispr.conformance": (
        *("whispr.errors", "whispr.tls", "whispr.protocol", "whispr.relay.certificate"),
        "whispr.conformance",
    ),
    "whispr.__main__": ("whispr.cli",),
}
"""Module or package -> what of Whispr it may import. The longest name that fits counts."""

PENS: dict[str, tuple[str, ...]] = {
    # Third-party modules: each one has its place, and no other is used at all.
    "nacl": ("whispr.protocol.signatures", "whispr.client.crypto", "whispr.conformance.sealing"),
    "cryptography": ("whispr.client.crypto", "whispr.tls", "whispr.relay.certificate"),
    "doubleratchet": ("whispr.client.crypto.suite2.double_ratchet",),
    "msgpack": ("whispr.protocol.codec",),
    "sqlcipher3": ("whispr.client.store",),
    "prometheus_client": ("whispr.relay.metrics",),
    "platformdirs": ("whispr.cli", "whispr.relay.relay"),
    "segno": ("whispr.cli", "whispr.gui.widgets.qr"),
    "uvloop": ("whispr.cli", "whispr.relay.process"),
    "hiredis": ("whispr.relay.redis.wire",),
    # Of the standard library: what opens a door.
    "ssl": (
        *("whispr.tls", "whispr.relay.listener", "whispr.relay.redis.endpoint"),
        "whispr.client.dial",
    ),
    "socket": (
        *("whispr.relay.listener", "whispr.relay.endpoint", "whispr.client.dial"),
        "whispr.relay.workers.channel",
        # Sockets of the machine itself: the supervisor's, inherited ones, the private one.
        *("whispr.relay.notify", "whispr.relay.activation", "whispr.relay.stats_listener"),
        "whispr.gui.bridge",  # a pair that wakes the window
        "whispr.gui.backend.localaddress",  # asks the system for the route, sends nothing
    ),
    "asyncio": (
        *("whispr.relay", "whispr.client", "whispr.cli", "whispr.conformance"),
        *("whispr.gui.bridge", "whispr.gui.backend"),
    ),
    "argparse": ("whispr.cli", "whispr.conformance.__main__"),
    "getpass": ("whispr.cli",),
    "tkinter": ("whispr.gui",),
    "sqlite3": (),  # it would store in the clear
    "http": ("whispr.relay.metrics",),
    "urllib.request": (),
    "wsgiref": ("whispr.relay.metrics",),
    "pickle": (),
    "marshal": (),
    "shelve": (),
}
"""Outside module -> where in Whispr it may be imported."""


READS_ENVIRONMENT = ("whispr.cli",)
"""Everybody else is told: a value from the environment arrives as a parameter."""

PROTOCOL_WITHOUT = frozenset(
    "asyncio datetime io multiprocessing os pathlib random secrets select selectors shutil signal "
    "socket ssl subprocess sys tempfile threading time uuid".split()
)
"""Modules with I/O, a clock or chance: `whispr.protocol` imports none of them."""

MAX_MODULE_LINES = 300
LONG_MODULES: dict[str, int] = {
    # A register: one declaration after another, and the point is that they are in one place.
    "whispr/errors.py": 350,
}

SHARED_TESTS: dict[str, str] = {
    # One promise: the window works, with a real relay and somebody on the other side.
    **dict.fromkeys(
        (
            f"whispr.gui.{name}"
            for name in (
                "chat messageactions checks desk deskkeys dialogs entrance menus "
                "news pages places preferences window views.bannerslot views.chat "
                "views.confirm views.details views.empty views.hostreach "
                "views.inuse views.main views.parts views.rename views.secretform "
                "views.secretpage views.settingparts views.windowpages views.steps "
                "views.themecards "
            ).split()
        ),
        "tests/gui/test_app.py",
    ),
    "whispr.gui.views.settings": "tests/gui/views/test_settingspages.py",
    # One canvas: its parts are seen through what they draw.
    "whispr.gui.conversation.cards": "tests/gui/conversation/test_painter.py",
    "whispr.gui.conversation.text": "tests/gui/conversation/test_painter.py",
    "whispr.gui.conversation.stage": "tests/gui/conversation/test_canvas.py",
    "whispr.gui.conversation.flash": "tests/gui/conversation/test_canvas.py",
    "whispr.gui.conversation.actions": "tests/gui/conversation/test_person.py",
    "whispr.gui.views.hovernote": "tests/gui/views/test_conversation.py",
    "whispr.gui.views.dropzone": "tests/gui/views/test_conversation.py",
    # Seen from outside, in a window that is driven with real keys.
    "whispr.gui.hooks": "tests/gui/e2e/test_keyboard.py",
    "whispr.cli.demo_window": "tests/gui/e2e/test_demo.py",
    "whispr.cli.demo_people": "tests/cli/test_demo.py",
    # One suite shows what every store keeps, whatever it is made of.
    "whispr.relay.stores.base": "tests/relay/stores/test_stores.py",
    "whispr.relay.stores.limits": "tests/relay/stores/test_stores.py",
    "whispr.relay.blobs.base": "tests/relay/blobs/test_blob_stores.py",
    "whispr.relay.blobs.blob": "tests/relay/blobs/test_blob_stores.py",
    "whispr.relay.blobs.ledger": "tests/relay/blobs/test_blob_stores.py",
    "whispr.relay.blobs.memory": "tests/relay/blobs/test_blob_stores.py",
    "whispr.relay.blobs.volumes": "tests/relay/blobs/test_blob_stores.py",
    "whispr.relay.prekeys.base": "tests/relay/prekeys/test_prekey_stores.py",
    "whispr.relay.prekeys.memory": "tests/relay/prekeys/test_prekey_stores.py",
    # A rule is shown by a relay or client that keeps it and one that breaks it.
    "whispr.conformance.scene": "tests/conformance/test_relay_rules.py",
    "whispr.conformance.wire": "tests/conformance/test_relay_rules.py",
    "whispr.conformance.delivery_rules": "tests/conformance/test_relay_rules.py",
    "whispr.conformance.vector_rules": "tests/conformance/test_relay_rules.py",
    "whispr.conformance.checks": "tests/conformance/test_relay_rules.py",
    "whispr.conformance.sealing": "tests/conformance/test_client_rules.py",
    "whispr.conformance.scripted": "tests/conformance/test_client_rules.py",
    "whispr.conformance.own_client": "tests/conformance/test_client_rules.py",
    "whispr.conformance.report": "tests/conformance/test_rules.py",
}
"""Module -> its test file, where several modules keep one promise."""

WITHOUT_TESTS = frozenset({"__init__", "__main__"})

NAMES_REFUSED = ("manager", "helper", "util", "server")
"""Parts of names; "server" because the word is relay."""

LOADED_NEVER: dict[str, tuple[str, ...]] = {
    "whispr.protocol": ("whispr.relay", "whispr.client", "whispr.cli", "asyncio", "tkinter"),
    "whispr.relay": ("whispr.client", "whispr.cli", "whispr.gui", "tkinter", "sqlcipher3"),
    "whispr.client": ("whispr.relay", "whispr.cli", "whispr.gui", "tkinter", "prometheus_client"),
}
"""Package -> what must not be loaded after all of it was imported: promise 1, seen from outside."""
