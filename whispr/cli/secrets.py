"""PINs and passphrases: from a private file or a prompt, never from a flag.

Arguments are visible to every user of a machine, and shells remember them.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from whispr.errors import UserInputError, WeakSecretError

if TYPE_CHECKING:
    from whispr.cli.output import Output

MAX_SECRET_BYTES = 4096
PIN_FILE_VARIABLE = "WHISPR_PIN_FILE"


def read_secret(
    output: Output, file: Path | None, prompt: str = "PIN or passphrase: ", flag: str = "--pin-file"
) -> str:
    """A secret that exists already, from `file` or asked of the person.

    Raises:
        UserInputError: the file cannot be used, or nobody can be asked.
    """
    if file is not None:
        return secret_in_file(output, file)
    return _ask(output, prompt, flag)


def new_secret(
    output: Output, file: Path | None, *, person_name: str, flag: str = "--pin-file"
) -> str:
    """A secret that is to protect something, judged; asked twice of a person.

    Raises:
        WeakSecretError: too easy to guess, and nobody there to choose another one.
        UserInputError: as `read_secret`.
    """
    from whispr.client.crypto.secret_strength import require_acceptable

    if file is not None:
        secret = secret_in_file(output, file)
        output.note(require_acceptable(secret, person_name=person_name).sentence)
        return secret
    output.note("choose a PIN (at least 6 digits) or, much better, a passphrase of five words")
    while True:
        secret = _ask(output, "New PIN or passphrase: ", flag)
        try:
            output.note(require_acceptable(secret, person_name=person_name).sentence)
        except WeakSecretError as error:
            output.note(str(error))
            continue
        if _ask(output, "Once more: ", flag) == secret:
            return secret
        output.note("these are not the same")


def pin_file(output: Output, given: Path | None) -> Path | None:
    """The file that `--pin-file` or the environment names."""
    named = output.terminal.environment.get(PIN_FILE_VARIABLE)
    return given or (Path(named) if named else None)


def secret_in_file(output: Output, file: Path) -> str:
    """The only line of a file; a note goes out when others of this machine can read it.

    Raises:
        UserInputError.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_SECRET_BYTES + 1)
            mode = os.fstat(stream.fileno()).st_mode
        lines = data.decode("utf-8").splitlines()
    except OSError as error:
        raise UserInputError(f"cannot read the PIN file {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UserInputError(f"the PIN file {file} is not text") from error
    if len(data) > MAX_SECRET_BYTES or len(lines) != 1 or not lines[0]:
        raise UserInputError(f"the PIN file {file} must hold one line: the PIN or passphrase")
    if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
        output.note(f"others can read {file}: run chmod 600 on it")
    return lines[0]


def _ask(output: Output, prompt: str, flag: str) -> str:
    if not output.terminal.attended:
        hint = f" (or {PIN_FILE_VARIABLE})" if flag == "--pin-file" else ""
        raise UserInputError(f"no terminal to ask on: give {flag} FILE{hint}")
    output.clear_bar()
    try:
        secret = output.terminal.ask_secret(prompt)
    except EOFError as error:
        raise UserInputError("nothing was typed") from error
    return secret
