"""Makes a self-signed certificate for development, in this folder or in the one that is named.

    .venv/bin/python certs/make_dev_cert.py [--folder FOLDER] [HOST ...]

The same code runs when a relay starts for the first time; `whispr cert` is the command for real
relays. An existing certificate is left alone.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path

from whispr.errors import ConfigError
from whispr.relay import certificate


def main(arguments: list[str]) -> int:
    """Make the certificate unless it is there, and say which relay id it stands for."""
    parser = argparse.ArgumentParser(description="Make a certificate for development.")
    parser.add_argument("hosts", metavar="HOST", nargs="*", help="default: localhost 127.0.0.1 ::1")
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent)
    chosen = parser.parse_args(arguments)
    hosts = chosen.hosts or ["localhost", "127.0.0.1", "::1"]
    try:
        paths = certificate.ensure(chosen.folder, hosts, datetime.datetime.now(datetime.UTC))
        made = certificate.inspect(paths)
    except ConfigError as error:
        print(f"no certificate: {error}", file=sys.stderr)
        return 1
    print(f"{paths.certificate}: relay id {made.relay_id.hex()}, for {' '.join(made.host_names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
