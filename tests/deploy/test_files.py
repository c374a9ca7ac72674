"""The files of `deploy/`: they fit the code and are accepted where they are used."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import dashboard, gen_docs, metric_facts
from tools.relay_toml import relay_toml
from whispr.cli.main import main
from whispr.cli.terminal import Terminal
from whispr.relay.config import RelayConfig, load_config

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SERVICE = DEPLOY / "systemd" / "whispr-relay.service"
OPERATIONS = ROOT / "docs" / "operations.md"


def test_relay_toml_is_generated_and_equals_the_defaults(tmp_path):
    written = (DEPLOY / "relay.toml").read_text(encoding="utf-8")
    assert written == relay_toml()
    assert load_config(path=DEPLOY / "relay.toml") == RelayConfig()
    (tmp_path / "all.toml").write_text(relay_toml(commented=False), encoding="utf-8")
    assert load_config(path=tmp_path / "all.toml") == RelayConfig()
    settings = re.findall(r"^#(\w+) = ", written, re.MULTILINE)
    assert settings == list(RelayConfig.__dataclass_fields__)


def test_an_edited_file_is_noticed_and_mended(tmp_path):
    for name in gen_docs.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("edited", encoding="utf-8")
    assert len(gen_docs.stale(tmp_path, write=False)) == len(gen_docs.FILES)
    gen_docs.stale(tmp_path, write=True)
    assert gen_docs.stale(tmp_path, write=False) == []
    for name in gen_docs.FILES:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()


def test_every_metric_has_advice_and_every_advice_a_metric():
    assert {family.name for family in metric_facts.metric_families()} == set(metric_facts.ADVICE)


def test_dashboard_and_rules_name_metrics_that_exist():
    known = {
        sample.name for family in metric_facts.metric_families() for sample in family.samples
    } | {f"whispr_probe_{name}" for name in ("up", "healthy", "seconds")}
    known |= {"whispr_workers", "whispr_worker_restarts_total"}  # told by the parent of workers
    rules = (DEPLOY / "prometheus" / "whispr-rules.yml").read_text(encoding="utf-8")
    recorded = set(re.findall(r"record: (\S+)", rules))
    for text in (*dashboard.expressions(), *re.findall(r"expr: (.*)", rules)):
        for name in re.findall(r"(?<![:\w])whispr_\w+", text):
            assert name in known, name
        for name in re.findall(r"\bjob:\w+:\w+", text):
            assert name in recorded, name


def test_dashboard_is_whole():
    board = json.loads((DEPLOY / "grafana" / "whispr.json").read_text(encoding="utf-8"))
    assert board["uid"] == dashboard.IDENTIFIER
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    rows = [panel["title"] for panel in panels if panel["type"] == "row"]
    assert {"This hour", "Today", "Traffic", "People", "Queues", "Files", "Saturation"} < set(rows)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (left, top)
            for left in range(place["x"], place["x"] + place["w"])
            for top in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


def test_operations_explains_every_alert_and_no_other():
    rules = (DEPLOY / "prometheus" / "whispr-rules.yml").read_text(encoding="utf-8")
    explained = re.findall(r"^### (Whispr\w+)$", OPERATIONS.read_text(encoding="utf-8"), re.M)
    assert sorted(explained) == sorted(re.findall(r"- alert: (\w+)", rules))


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


def test_the_unit_starts_what_exists_and_waits_long_enough(capsys, monkeypatch, tmp_path):
    service = unit(SERVICE)["Service"]
    assert service["Type"] == "notify" and float(service["WatchdogSec"]) >= 10
    assert service["RestartPreventExitStatus"] == "78"
    assert float(service["TimeoutStopSec"]) > RelayConfig().drain_seconds + 1
    (tmp_path / "relay.toml").write_text((DEPLOY / "relay.toml").read_text(encoding="utf-8"))
    program, *words = service["ExecStartPre"].split()
    assert program == "/opt/whispr/.venv/bin/python" and words[:3] == ["-P", "-m", "whispr"]
    assert service["ExecStart"].split()[:5] == [program, *words[:4]]
    words = [word.replace("/etc/whispr", str(tmp_path)) for word in words[3:]]
    terminal = Terminal(sys.stdin, sys.stdout, sys.stderr)
    assert main(words, terminal) == 0
    assert "usable" in capsys.readouterr().out


def test_the_socket_is_the_one_of_the_configuration():
    listens = unit(DEPLOY / "systemd" / "whispr-relay.socket")["Socket"]["ListenStream"]
    assert RelayConfig().listen == (f":{listens}",)


def test_systemd_accepts_the_units(tmp_path):
    """`systemd-analyze` knows more than a parser; where it is missing the parser has to do."""
    for path in (DEPLOY / "systemd").glob("whispr-relay.*"):
        text = re.sub(r"^(Exec\w+)=.*", r"\1=/bin/true", path.read_text(), flags=re.M)
        (tmp_path / path.name).write_text(text)
    units = sorted(str(path) for path in tmp_path.glob("whispr-relay.*"))
    assert len(units) == 2 and all(unit(Path(path)).sections() for path in units)
    if shutil.which("systemd-analyze") is None:
        return
    done = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=15", units[0]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_renewal_hook_replaces_both_files_and_then_reloads(tmp_path):
    lineage, target = tmp_path / "live", tmp_path / "tls"
    lineage.mkdir()
    environment = os.environ | {
        "RENEWED_LINEAGE": str(lineage),
        "WHISPR_TLS_DIR": str(target),
        "WHISPR_GROUP": str(os.getgid()),
        "WHISPR_RELOAD": f"touch {tmp_path / 'reloaded'}",
    }
    hook = DEPLOY / "certbot" / "whispr-deploy-hook.sh"

    def run() -> int:
        return subprocess.run([str(hook)], env=environment, check=False).returncode

    for content in ("first", "second"):
        for name in ("fullchain.pem", "privkey.pem"):
            (lineage / name).write_text(f"{content} {name}")
        assert run() == 0 and (tmp_path / "reloaded").exists()
        found = {path.name: path.read_text() for path in target.iterdir()}
        assert found == {name: f"{content} {name}" for name in ("fullchain.pem", "privkey.pem")}
        assert {path.stat().st_mode & 0o777 for path in target.iterdir()} == {0o640}
        (tmp_path / "reloaded").unlink()
    (lineage / "privkey.pem").unlink()
    assert run() != 0 and not (tmp_path / "reloaded").exists()
    assert (target / "privkey.pem").read_text() == "second privkey.pem"


def test_the_container_has_what_it_names():
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in source.split()), source
    assert "--require-hashes" in text and "USER whispr" in text
