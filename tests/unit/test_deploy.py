"""What lies in deploy/, and compose.yaml: valid by their own tools and schemas, and true of this bot."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.errors import SettingsError
from bot.settings import Mode, load
from bot.settings.environment import SECRETS
from tests import image
from tests.kustomization import Object, build
from tests.unit.test_settings import ENOUGH

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
EXAMPLE: Object = yaml.safe_load((KUBERNETES / "secret.example.yaml").read_text())
OBJECTS = build(KUBERNETES)
DEPLOYMENT = next(each for each in OBJECTS if each["kind"] == "Deployment")
POD = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
UNIT = (DEPLOY / "nightshift.service").read_text()


# ── Kubernetes ──


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("each", [*OBJECTS, EXAMPLE], ids=lambda each: each["kind"])
def test_each_object_is_valid_by_kubernetes_own_schema(each: Object, version: str) -> None:
    kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("wrong", [{"replicas": "two"}, {"replica": 2}])
def test_the_schema_finds_what_is_wrong(wrong: Object) -> None:
    """Else the test above would say nothing."""
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**DEPLOYMENT, "spec": {**DEPLOYMENT["spec"], **wrong}}, "1.37", strict=True)


def test_every_file_has_its_place() -> None:
    plan = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())
    generated = [name for each in plan["configMapGenerator"] for name in each["files"]]
    outside = {"kustomization.yaml", "secret.example.yaml"}
    assert sorted([*plan["resources"], *generated, *outside]) == sorted(path.name for path in KUBERNETES.iterdir())


def test_kustomize_itself_makes_the_same() -> None:
    """Where kubectl is on the machine; no package of Debian's or PyPI's brings it."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return
    done = subprocess.run([kubectl, "kustomize", KUBERNETES], capture_output=True, check=True)
    text = re.sub(rb"(nightshift-settings)-[0-9a-z]{10}\b", rb"\1", done.stdout)
    assert sorted(map(_plain, yaml.safe_load_all(text))) == sorted(map(_plain, OBJECTS))


def _plain(each: Object) -> str:
    return json.dumps(each, sort_keys=True)


def test_there_are_two_bots_and_never_none() -> None:
    budget = next(each for each in OBJECTS if each["kind"] == "PodDisruptionBudget")
    assert DEPLOYMENT["spec"]["replicas"] == 2
    assert DEPLOYMENT["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert budget["spec"]["minAvailable"] == 1


def test_probes_ask_what_the_bot_serves() -> None:
    served = (ROOT / "bot/slack/http.py").read_text()
    for probe, path in (("startup", "/healthz"), ("liveness", "/healthz"), ("readiness", "/readyz")):
        assert CONTAINER[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "http"}
        assert f'"{path}"' in served
    assert CONTAINER["ports"] == [{"name": "http", "containerPort": 3000}]


def test_the_pod_may_do_nothing_that_it_need_not() -> None:
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    security = POD["securityContext"]
    assert (security["runAsNonRoot"], security["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
    assert {str(security[name]) for name in ("runAsUser", "runAsGroup", "fsGroup")} == {"10001"}
    assert not POD["automountServiceAccountToken"]
    assert {"cpu", "memory"} == CONTAINER["resources"]["requests"].keys()
    assert "memory" in CONTAINER["resources"]["limits"]


def test_what_selects_the_bots_selects_them() -> None:
    labels = DEPLOYMENT["spec"]["template"]["metadata"]["labels"].items()
    selectors: dict[str, Callable[[Object], Object]] = {
        "Deployment": lambda spec: spec["selector"]["matchLabels"],
        "Service": lambda spec: spec["selector"],
        "PodDisruptionBudget": lambda spec: spec["selector"]["matchLabels"],
        "NetworkPolicy": lambda spec: spec["podSelector"]["matchLabels"],
    }
    found = {each["kind"]: each["spec"] for each in OBJECTS if each["kind"] in selectors}
    assert found.keys() == selectors.keys()
    for kind, of in selectors.items():
        assert of(found[kind]).items() <= labels, kind


def test_secrets_come_as_files_and_the_example_has_each() -> None:
    variables = {each["name"]: each["value"] for each in CONTAINER["env"]}
    files = {name: value for name, value in variables.items() if name.endswith("_FILE")}
    assert {name.removesuffix("_FILE") for name in files} <= set(SECRETS)
    assert not any(value for name, value in variables.items() if name in SECRETS)
    assert {Path(path).name for path in files.values()} == EXAMPLE["stringData"].keys()
    mounts = {each["mountPath"]: each["name"] for each in CONTAINER["volumeMounts"]}
    (place,) = {str(Path(path).parent) for path in files.values()}
    volume = next(each for each in POD["volumes"] if each["name"] == mounts[place])
    assert volume["secret"]["secretName"] == EXAMPLE["metadata"]["name"]
    assert (EXAMPLE["metadata"]["namespace"],) == tuple(
        {each["metadata"].get("namespace") for each in OBJECTS} - {None}
    )


def test_the_bot_understands_the_settings_that_are_mounted(tmp_path: Path) -> None:
    settings = next(each for each in OBJECTS if each["kind"] == "ConfigMap")
    (tmp_path / "nightshift.toml").write_text(settings["data"]["nightshift.toml"])
    assert load(ENOUGH, Mode.RUN, folder=tmp_path).rules.target.total_seconds() == 48 * 3600


def test_every_variable_that_is_set_is_one_of_the_bots() -> None:
    known = set(re.findall(r"`([A-Z_]+)`", (ROOT / "bot/settings/README.md").read_text()))
    for name in (each["name"].removesuffix("_FILE") for each in CONTAINER["env"]):
        assert name in known


# ── Compose ──


def composed(folder: Path, *options: str, **variables: str) -> Object:
    """What docker-compose makes of compose.yaml with the example's variables."""
    shutil.copy(ROOT / "compose.yaml", folder)
    more = "".join(f"{name}={value}\n" for name, value in variables.items())
    (folder / ".env").write_text((ROOT / ".env.example").read_text() + more)
    done = subprocess.run(
        ["docker-compose", *options, "config"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert "WARN" not in done.stderr
    read: Object = yaml.safe_load(done.stdout)
    return read


@pytest.mark.needs("docker-compose")
def test_one_bot_on_sqlite_is_the_default(tmp_path: Path) -> None:
    services = composed(tmp_path)["services"]
    assert [name for name, each in services.items() if not each.get("profiles")] == ["bot"]
    (state,) = (each for each in services["bot"]["volumes"] if each.startswith("state:"))
    assert services["bot"]["environment"]["DATABASE_URL"].startswith(f"sqlite:///{state.split(':')[1]}/")
    assert services["bot"]["ports"] == ["127.0.0.1:3000:3000/tcp"]


@pytest.mark.needs("docker-compose")
def test_the_profile_has_postgresql_and_two_bots_on_it(tmp_path: Path) -> None:
    url = "postgres://nightshift:word@postgres:5432/nightshift"
    services = composed(tmp_path, "--profile", "postgres", DATABASE_URL=url, POSTGRES_PASSWORD="word")["services"]
    assert {name for name, each in services.items() if each.get("profiles") == ["postgres"]} == {
        "second-bot",
        "postgres",
    }
    bots = [services["bot"], services["second-bot"]]
    assert [each["environment"]["DATABASE_URL"] for each in bots] == [url, url]
    assert services["second-bot"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert services["postgres"]["environment"]["POSTGRES_PASSWORD"] == "word"
    assert "ports" not in services["postgres"]


@pytest.mark.needs("docker-compose")
def test_the_containers_may_do_nothing_that_they_need_not(tmp_path: Path) -> None:
    services = composed(tmp_path, "--profile", "postgres")["services"]
    for name in ("bot", "second-bot"):
        bot = services[name]
        assert (bot["read_only"], bot["cap_drop"], bot["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
        assert bot["tmpfs"] == ["/tmp"]


# ── systemd ──


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit file, as if the checkout lay at /opt/nightshift."""
    path = tmp_path / "nightshift.service"
    path.write_text(UNIT.replace("/opt/nightshift", str(ROOT)))
    return path


@pytest.mark.needs("systemd-analyze")
def test_systemd_takes_the_unit(unit: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_what_is_wrong_with_a_unit(unit: Path) -> None:
    """Else the test above would say nothing."""
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHom=yes"))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert "ProtectHom" in done.stderr


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_the_unit_little_exposed(unit: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


# ── all of them ──


def test_every_way_of_starting_is_a_command_of_the_bot() -> None:
    steps = {step.word: step for step in image.steps_of(ROOT / "Dockerfile")}
    compose: Any = yaml.safe_load((ROOT / "compose.yaml").read_text())
    started = [
        steps["CMD"].words[0],
        CONTAINER["args"][0],
        compose["services"]["bot"]["command"][0],
        *re.findall(r"^ExecStart=\S+ -m bot (\w+)$", UNIT, re.MULTILINE),
    ]
    assert started == ["run"] * 4


def test_the_image_has_one_database_and_a_secret_file_another(tmp_path: Path) -> None:
    """So the Deployment blanks the variable of the image."""
    (tmp_path / "url").write_text("sqlite:///x.sqlite3")
    variables = {**ENOUGH, "DATABASE_URL_FILE": str(tmp_path / "url")}
    with pytest.raises(SettingsError):
        load({**variables, "DATABASE_URL": "sqlite:///y.sqlite3"}, Mode.RUN, folder=tmp_path)
    assert load({**variables, "DATABASE_URL": ""}, Mode.RUN, folder=tmp_path).database == Path("x.sqlite3")
    assert {"name": "DATABASE_URL", "value": ""} in CONTAINER["env"]
