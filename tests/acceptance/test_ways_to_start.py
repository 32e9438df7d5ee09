"""Each way of starting that deploy/README.md tells of, as it is typed or as a service manager would do it.

The image has a test of its own, and so has what lies in deploy/.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from bot.settings.environment import SECRETS
from bot.store.address import Server
from tests.bot_process import Stage, free_port, stage
from tests.kustomization import build

ROOT = Path(__file__).parents[2]


def bare(world: Stage, **more: str) -> dict[str, str]:
    """An environment that says nothing of the bot, and `more`."""
    ours = world.environment()
    return {**{name: ours[name] for name in ("PATH", "HOME", "COVERAGE_PROCESS_START") if name in ours}, **more}


def variables(world: Stage, **changes: str) -> dict[str, str]:
    """What a person would write into .env."""
    ours = world.environment(**changes)
    return {name: value for name, value in ours.items() if name not in bare(world) and name != "PYTHONPATH"}


def written(path: Path, values: dict[str, str]) -> Path:
    path.write_text("# Nightshift\n\n" + "".join(f"{name}='{value}'\n" for name, value in values.items()))
    return path


async def test_an_env_file_is_enough_and_the_environment_goes_first(tmp_path: Path) -> None:
    """`check` and `run`, in a shell that knows nothing else. Of two alert channels the environment's holds."""
    async with stage(tmp_path) as world:
        file = written(tmp_path / ".env", {**variables(world), "ALERT_CHANNEL": "C0NOWHERE"})
        environment = bare(world, PYTHONPATH=str(ROOT), ALERT_CHANNEL=world.environment()["ALERT_CHANNEL"])
        checked = await world.start("check", "--env-file", str(file), environment=environment, keep_words=True)
        assert await checked.ended() == 0, checked.words
        running = await world.start("run", "--env-file", file.name, environment=environment)
        await running.ready()
        running.terminate()
        assert await running.ended() == 0


async def test_a_fault_in_the_env_file_is_told_with_its_line(tmp_path: Path) -> None:
    async with stage(tmp_path) as world:
        written(tmp_path / "bot.env", {"ALERT_CHANNEL": "it's"})
        for command in ("run", "serve", "check", "migrate", "replay"):
            failed = await world.start(command, "--env-file", "bot.env", keep_words=True)
            assert await failed.ended() == 2
            assert failed.words[-1] == "- bot.env line 3: something stands after the closing quote of ALERT_CHANNEL."


async def test_the_systemd_unit_starts_the_bot(tmp_path: Path) -> None:
    """By its ExecStart, its Environment and the variables in its file; the places of the unit are folders here."""
    places = {
        "/opt/nightshift": str(ROOT),
        "/etc/nightshift": f"{tmp_path}/etc",
        "/var/lib/nightshift": f"{tmp_path}/lib",
    }
    unit = (ROOT / "deploy/nightshift.service").read_text()
    for place, here in places.items():
        unit = unit.replace(place, here)
    for name in ("etc", "lib"):
        (tmp_path / name).mkdir()
    (start,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    pairs = [
        each.split("=", 1) for line in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE) for each in line.split()
    ]
    async with stage(tmp_path) as world:
        written(tmp_path / "etc/nightshift.env", variables(world, DATABASE_URL=""))
        told = dict(line.split("=", 1) for line in (tmp_path / "etc/nightshift.env").read_text().splitlines()[2:])
        environment = bare(world, **dict(pairs), **{name: value.strip("'") for name, value in told.items()})
        running = await world.start_words(shlex.split(start), environment=environment, folder=tmp_path / "etc")
        await running.ready()
        running.terminate()
        assert await running.ended() == 0
    assert (tmp_path / "lib/nightshift.sqlite3").exists()


@pytest.mark.needs("postgres")
async def test_the_deployment_starts_the_bot_on_postgresql_with_its_secrets_in_files(
    tmp_path: Path, server: Server
) -> None:
    """By its variables, with the files that Kubernetes would mount."""
    deployment = next(each for each in build(ROOT / "deploy/kubernetes") if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    theirs = {each["name"]: each["value"] for each in container["env"]}
    example = yaml.safe_load((ROOT / "deploy/kubernetes/secret.example.yaml").read_text())
    async with stage(tmp_path) as world:
        ours = variables(world, DATABASE_URL=server.url)
        for name in example["stringData"]:
            (tmp_path / name).write_text(ours[name.upper().replace("-", "_")] + "\n")
        files = {name: str(tmp_path / Path(path).name) for name, path in theirs.items() if name.endswith("_FILE")}
        rest = {name: value for name, value in ours.items() if name not in SECRETS}
        environment = bare(world, **{**theirs, **rest, **files, "PORT": str(free_port()), "PYTHONPATH": str(ROOT)})
        running = await world.start(*container["args"], environment=environment)
        await running.ready()
        running.terminate()
        assert await running.ended() == 0
    assert not (tmp_path / "nightshift.sqlite3").exists()


async def test_the_example_is_filled_in_and_works(tmp_path: Path) -> None:
    """`cp .env.example .env`, and what a newcomer writes into it."""
    shutil.copy(ROOT / ".env.example", tmp_path / ".env")
    async with stage(tmp_path) as world:
        text = (tmp_path / ".env").read_text()
        for name, value in variables(world).items():
            line = f"{name}={value}"
            text, times = re.subn(rf"^#?{name}=.*$", line, text, flags=re.MULTILINE)
            text += "" if times else f"{line}\n"
        (tmp_path / ".env").write_text(text)
        checked = await world.start(
            "check", "--env-file", ".env", environment=bare(world, PYTHONPATH=str(ROOT)), keep_words=True
        )
        assert await checked.ended() == 0, checked.words


async def test_a_user_without_a_name_and_a_home_starts_the_bot(tmp_path: Path) -> None:
    """As containers have them: who looks for the user finds none."""
    (tmp_path / "sitecustomize.py").write_text("import pwd\ndef none(uid): raise KeyError(uid)\npwd.getpwuid = none\n")
    async with stage(tmp_path) as world:
        environment = {**world.environment(PORT=str(free_port())), "PYTHONPATH": f"{tmp_path}:{ROOT}"}
        environment.pop("HOME")
        running = await world.start("run", environment=environment)
        await running.ready()
        running.terminate()
        assert await running.ended() == 0
