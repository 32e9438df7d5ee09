"""What a running bot measures: the dashboard and the alert rules ask for nothing else, and no label has a name."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.acceptance.test_alerts import cards
from tests.acceptance.test_kill import happens
from tests.bot_process import ROOT, Stage, free_port
from tests.night import CHANNEL

DASHBOARD = ROOT / "deploy/grafana/nightshift.json"
RULES = ROOT / "deploy/prometheus/nightshift.rules.yml"
MADE_BY_PROMETHEUS = {"up"}
WORDS = {
    *("sum", "min", "max", "by", "absent", "rate", "increase", "histogram_quantile", "or", "and", "on", "time"),
    *("label_values", "__rate_interval", "__range"),
}


async def scraped(here: Stage) -> str:
    """The metrics of a bot that posted a card and answered a question."""
    port = free_port()
    await here.started("run", PORT=str(port))
    await here.seen(lambda: here.slack.posts(CHANNEL))
    happens(here, "error")
    await here.answered("alerts")
    await here.seen(lambda: cards(here))
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return await answer.text()


def names_in(expression: str) -> set[str]:
    """The metrics that an expression of PromQL asks for: what is left without labels, strings, ranges and functions."""
    bare = re.sub(r"\{[^{}]*\}|\[[^\]]*\]|\"[^\"]*\"", " ", expression)
    bare = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"[a-zA-Z_:][\w:]*", bare)) - WORDS


def panels(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for panel in of.get("panels", ()):
        yield panel
        yield from panels(panel)


def dashboard() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return read


def dashboards_expressions() -> list[str]:
    return [target["expr"] for panel in panels(dashboard()) for target in panel.get("targets", ())]


def rules_expressions() -> list[str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


async def test_the_dashboard_and_the_rules_ask_for_what_a_running_bot_tells(here: Stage) -> None:
    told = await scraped(here)
    there = (
        set(re.findall(r"^# TYPE (\w+) ", told, re.MULTILINE)) | MADE_BY_PROMETHEUS | {"nightshift_canary_age_seconds"}
    )
    there |= {f"{name}_{part}" for name in there for part in ("bucket", "count", "sum")}
    for expression in (*dashboards_expressions(), *rules_expressions()):
        asked = names_in(expression)
        assert asked, expression
        assert asked <= there, expression


async def test_a_running_bots_metrics_have_no_fault_and_no_name(here: Stage) -> None:
    told = await scraped(here)
    for label, value in re.findall(r'(\w+)="([^"]*)"', told):
        assert label in {
            *(
                "account",
                "outcome",
                "severity",
                "service",
                "method",
                "status",
                "kind",
                "reason",
                "le",
                "version",
                "python",
            )
        }, label
        assert re.fullmatch(r"[\w.+\-]*", value), value
    for name in ("Acme", "SRV", CHANNEL, "U0MIA"):
        assert name not in told
    assert 'nightshift_posts_sent_total{kind="message"}' in told
    assert 'service="task_manager",status="200"' in told
    assert 'method="chat.postMessage",status="200"' in told
    assert re.search(r"^nightshift_ack_duration_seconds_count [1-9]", told, re.MULTILINE)
    tool = shutil.which("promtool")
    if tool is not None:
        done = subprocess.run([tool, "check", "metrics"], input=told, text=True, capture_output=True, check=False)  # noqa: ASYNC221
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_every_panel_asks_the_data_source_that_is_chosen() -> None:
    chosen = {each["name"]: each["type"] for each in dashboard()["templating"]["list"]}
    assert chosen["datasource"] == "datasource"
    drawn = [panel for panel in panels(dashboard()) if panel["type"] != "row"]
    assert len(drawn) > 20
    for panel in drawn:
        assert panel["title"]
        for asked in (panel, *panel["targets"]):
            assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    ids = [panel["id"] for panel in panels(dashboard())]
    assert len(ids) == len(set(ids))


def test_every_rule_says_how_bad_it_is_and_what_to_do() -> None:
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in {"critical", "warning"}
            assert rule["annotations"]["summary"]


def test_every_rule_is_tried() -> None:
    tried = yaml.safe_load((RULES.parent / "nightshift.rules_test.yml").read_text())["tests"]
    fired = {each["alertname"] for test in tried for each in test["alert_rule_test"] if each.get("exp_alerts")}
    calm = {each["alertname"] for test in tried for each in test["alert_rule_test"] if not each.get("exp_alerts")}
    names = {rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]}
    assert fired == names == calm


@pytest.mark.needs("promtool")
@pytest.mark.parametrize("command", [("check", "rules", RULES.name), ("test", "rules", "nightshift.rules_test.yml")])
def test_promtool_finds_no_fault_in_the_rules(command: tuple[str, ...]) -> None:
    assert faults_of(RULES.parent, *command) == ""


@pytest.mark.needs("promtool")
def test_promtool_can_read_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    rules = [
        {"record": f"a:b:{number}", "expr": expression.replace("$__rate_interval", "5m")}
        for number, expression in enumerate(dashboards_expressions())
    ]
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": rules}]}))
    assert faults_of(tmp_path, "check", "rules", "all.yml") == ""


def faults_of(folder: Path, *arguments: str) -> str:
    """What promtool says where it fails, "" where it does not."""
    done = subprocess.run([shutil.which("promtool") or "", *arguments], cwd=folder, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode() if done.returncode else ""
