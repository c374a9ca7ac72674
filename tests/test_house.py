from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house_files import CHECKS

ROOT = Path(__file__).resolve().parent.parent
HEAD = '"""What this owns."""\n\nfrom __future__ import annotations\n\n'

CLEAN = {
    "pyproject.toml": '[project]\ndependencies = ["msgpack>=1"]\n',
    "requirements.lock": "# Written by a tool.\nmsgpack==1.0 \\\n    --hash=sha256:"
    + "0" * 64
    + "\n",
    "whispr/__init__.py": '"""Whispr."""\n',
    "whispr/errors.py": HEAD + "class WhisprError(Exception):\n    '''Root.'''\n",
    "whispr/protocol/__init__.py": '"""The wire."""\n',
    "whispr/protocol/codec.py": HEAD + "from whispr.errors import WhisprError\n",
    "whispr/relay/__init__.py": '"""The relay."""\n',
    "whispr/relay/hub.py": HEAD + "import asyncio\n\nfrom whispr.protocol import codec\n",
    "whispr/client/__init__.py": '"""The client."""\n',
    "whispr/client/session.py": HEAD,
    "whispr/cli/__init__.py": '"""The command."""\n',
    "whispr/cli/main.py": HEAD + "print('hello')\n",
    "tests/test_errors.py": HEAD,
    "tests/protocol/test_codec.py": HEAD,
    "tests/relay/test_hub.py": HEAD,
    "tests/client/test_session.py": HEAD,
    "tests/cli/test_main.py": HEAD,
    "README.md": "Put the profile in /var/lib/whispr.\n",
}
CLEAN["requirements-dev.lock"] = CLEAN["requirements.lock"]


def plant(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small house without a fault."""
    plant(tmp_path, CLEAN)
    return tmp_path


@pytest.mark.parametrize("name", CHECKS)
def test_whispr_keeps_the_rule(name: str) -> None:
    found = CHECKS[name](ROOT)
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("name", CHECKS)
def test_clean_tree_has_no_finding(name: str, tree: Path) -> None:
    assert CHECKS[name](tree) == []


def in_function(code: str) -> str:
    return HEAD + f"def act() -> None:\n    '''Act.'''\n    {code}\n"


def in_try(handler: str) -> str:
    return HEAD + f"try:\n    act()\n{handler}\n"


SESSION = "whispr/client/session.py"
CODEC = "whispr/protocol/codec.py"
HUB = "whispr/relay/hub.py"

VIOLATIONS = [
    ("arrows", HUB, HEAD + "from whispr.client import session\n", "whispr.client.session"),
    ("arrows", HUB, in_function("import whispr.client.session"), "whispr.client.session"),
    ("arrows", SESSION, HEAD + "import whispr.relay.hub\n", "whispr.relay.hub"),
    ("arrows", SESSION, HEAD + "from whispr import relay\n", "whispr.relay"),
    ("arrows", CODEC, HEAD + "from whispr.config import load\n", "whispr.config.load"),
    ("arrows", CODEC, HEAD + "from . import framing\n", "relative import"),
    ("arrows", "whispr/errors.py", HEAD + "import whispr.config\n", "whispr.config"),
    ("arrows", "whispr/helm.py", HEAD, "no place in the plan"),
    ("pens", HUB, HEAD + "import nacl.signing\n", "nacl"),
    ("pens", HUB, HEAD + "from msgpack import packb\n", "msgpack"),
    ("pens", CODEC, in_function("from nacl import public"), "nacl"),
    ("pens", CODEC, HEAD + "import cryptography\n", "cryptography"),
    ("pens", CODEC, HEAD + "import time\n", "no time"),
    ("pens", CODEC, HEAD + "from os import urandom\n", "no os"),
    ("pens", CODEC, HEAD + "import secrets\n", "no secrets"),
    ("pens", CODEC, HEAD + "import random\n", "no random"),
    ("pens", CODEC, HEAD + "import asyncio\n", "asyncio"),
    ("pens", CODEC, HEAD + "import ssl\n", "ssl"),
    ("pens", CODEC, HEAD + "from socket import socket\n", "socket"),
    ("pens", SESSION, HEAD + "import argparse\n", "argparse"),
    ("pens", SESSION, HEAD + "import sqlcipher3\n", "sqlcipher3"),
    ("pens", SESSION, HEAD + "import sqlite3\n", "sqlite3"),
    ("pens", SESSION, HEAD + "import requests\n", "requests has no pen"),
    ("pens", SESSION, HEAD + "import urllib.request\n", "urllib.request"),
    ("pens", HUB, HEAD + "import prometheus_client\n", "prometheus_client"),
    ("pens", HUB, HEAD + "import ssl\n", "ssl"),
    ("pens", SESSION, HEAD + "from socket import AF_INET\n", "socket"),
    ("pens", SESSION, in_function("import uvloop"), "uvloop"),
    ("pens", HUB, HEAD + "import tkinter\n", "tkinter"),
    ("cycles", "whispr/errors.py", HEAD + "import whispr.protocol.codec\n", "import cycle"),
    ("package_files", "whispr/relay/__init__.py", "from whispr.relay import hub\n", "imports"),
    ("package_files", "whispr/relay/stores/memory.py", HEAD, "no __init__.py"),
    ("length", HUB, HEAD + "LIMIT = 1\n" * 300, "304 lines"),
    ("mirror", "whispr/relay/stores/memory.py", HEAD, "tests/relay/stores/test_memory.py"),
    ("mirror", "whispr/tls.py", HEAD, "tests/test_tls.py"),
    ("future_import", HUB, '"""What this owns."""\n\nimport asyncio\n', "__future__"),
    ("future_import", "tests/test_errors.py", "import pytest\n", "__future__"),
    ("names", HUB, HEAD + "class ConnectionManager:\n    '''No.'''\n", "no manager"),
    ("names", HUB, HEAD + "class HubHelper:\n    '''No.'''\n", "no helper"),
    ("names", "whispr/relay/utils.py", HEAD, "no util"),
    ("names", HUB, HEAD + "def start_server() -> None:\n    '''No.'''\n", "no server"),
    ("names", HUB, HEAD + "def act(n: int) -> None:\n    '''No.'''\n", "single letter"),
    ("names", HUB, HEAD + "totals = [x for x in range(3)]\n", "single letter"),
    ("exception_handling", HUB, in_try("except:\n    pass"), "bare"),
    ("exception_handling", HUB, in_try("except Exception:\n    pass"), "swallows"),
    ("exception_handling", HUB, in_try("except BaseException:\n    x = 1"), "swallows"),
    ("exception_handling", HUB, in_try("except (OSError, Exception):\n    pass"), "swallows"),
    ("exception_handling", HUB, in_try("except Exception as x:\n    text = str(x)"), "swallows"),
    ("exception_handling", HUB, in_function("with suppress(Exception): act()"), "suppress"),
    ("exception_handling", "tests/test_errors.py", in_try("except:\n    pass"), "bare"),
    ("sleep", "tests/test_errors.py", in_function("time.sleep(0)"), "time.sleep"),
    ("sleep", "tests/test_errors.py", HEAD + "from time import sleep\n", "time.sleep"),
    ("sleep", "tests/test_errors.py", in_function("asyncio.sleep(1)"), "waits for time"),
    ("sleep", HUB, in_function("time.sleep(1)"), "time.sleep"),
    ("print", HUB, in_function("print('x')"), "print"),
    ("environment", HUB, HEAD + "home = os.environ['HOME']\n", "environment"),
    ("environment", SESSION, HEAD + "home = getenv('HOME')\n", "environment"),
    ("docstrings", HUB, "from __future__ import annotations\n", "no module docstring"),
    ("docstrings", HUB, HEAD + "def act() -> None: ...\n", "act has no docstring"),
    ("docstrings", HUB, HEAD + "class Hub:\n    size = 1\n", "Hub has no docstring"),
    (
        *("docstrings", HUB),
        HEAD + "class Hub:\n    '''It.'''\n    def act(self):\n        one()\n        two()\n",
        "act has no docstring",
    ),
    ("loaded_modules", HUB, HEAD + "import whispr.client.session\n", "whispr.client"),
    ("loaded_modules", HUB, HEAD + "import tkinter\n", "tkinter"),
    ("loaded_modules", SESSION, HEAD + "import whispr.relay\n", "whispr.relay"),
    ("loaded_modules", CODEC, HEAD + "import asyncio\n", "asyncio"),
    ("loaded_modules", HUB, HEAD + "import missing_module\n", "cannot be imported"),
    ("text", "README.md", "Look into /ho" "me/alice/notes.\n", "a path of one machine"),
    ("text", "README.md", "First line.\n\nLook into /wo" "rk/notes.\n", "README.md:3: a path"),
    ("text", "docs/setup.md", "pip install --index" "-url somewhere\n", "a package index"),
    ("text", "docs/setup.md", "from https://py" "pi.org/simple\n", "a package index"),
    ("text", "docs/key.txt", "-----BEGIN PRIVATE" " KEY-----\n" + "A" * 64, "a private key"),
    ("text", "docs/key.txt", "-----BEGIN EC PRIVATE" " KEY-----\n" + "A" * 64, "a private key"),
    ("text", "certs/relay.pem", "", "key files"),
    ("text", "whispr/relay/hub.py", HEAD + "# TO" "DO: later\n", "unfinished"),
    ("locks", "requirements.lock", CLEAN["requirements.lock"] + "--index" "-url x\n", "neither"),
    ("locks", "requirements.lock", CLEAN["requirements.lock"] + "# via /x\nsegno\n", "neither"),
    ("locks", "requirements-dev.lock", "# Nothing.\n", "msgpack is not locked"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "path", "text", "message"), VIOLATIONS)
def test_violation_is_found(name: str, path: str, text: str, message: str, tree: Path) -> None:
    plant(tree, {path: text})
    found = CHECKS[name](tree)
    assert any(message in line for line in found), found


def test_every_rule_has_a_violation() -> None:
    assert {name for name, *_ in VIOLATIONS} == set(CHECKS)


@pytest.mark.parametrize(
    ("name", "path", "text"),
    [
        ("length", HUB, HEAD + "LIMIT = 1\n" * 296),
        ("exception_handling", HUB, in_try("except Exception:\n    raise")),
        ("exception_handling", HUB, in_try("except Exception:\n    log.exception('lost')")),
        ("exception_handling", HUB, in_try("except Exception as error:\n    task.throw(error)")),
        ("exception_handling", HUB, in_try("except Exception as error:\n    on_failure(error)")),
        ("exception_handling", HUB, in_try("except OSError:\n    pass")),
        (
            *("cycles", "whispr/errors.py"),
            HEAD + "if TYPE_CHECKING:\n    import whispr.protocol.codec\n",
        ),
        ("sleep", "tests/test_errors.py", in_function("asyncio.sleep(0)")),
        ("docstrings", HUB, HEAD + "def _act() -> None: ...\n"),
        ("docstrings", HUB, HEAD + "class Hub(Base):\n    '''It.'''\n    def act(self): ...\n"),
        ("names", HUB, HEAD + "for _ in range(3): ...\n"),
    ],
)
def test_what_is_allowed_is_no_finding(name: str, path: str, text: str, tree: Path) -> None:
    plant(tree, {path: text})
    assert CHECKS[name](tree) == []


needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")


@needs_git
def test_only_tracked_and_new_files_count_as_text(tree: Path) -> None:
    subprocess.run(["git", "-C", str(tree), "init", "-q"], check=True)
    plant(tree, {".gitignore": "*.pem\n", "certs/relay.pem": "key", "new.key": "key"})
    assert CHECKS["text"](tree) == ["new.key:1: key files stay out of the repository"]


def test_without_git_hidden_folders_are_not_ours(tree: Path) -> None:
    plant(tree, {".venv/certificate.pem": "key", "certs/own.pem": "key"})
    assert CHECKS["text"](tree) == ["certs/own.pem:1: key files stay out of the repository"]
