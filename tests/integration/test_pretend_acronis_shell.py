"""A shell script with curl and jq, as the vendor's bash examples are, reads the pretend Acronis to its last page."""

import asyncio

import pytest

from tests.integration.pretending import CLIENT, visiting

SCRIPT = r"""
set -euo pipefail
token=$(curl -fsS -u "$ID:$SECRET" -d grant_type=client_credentials "$BASE/api/2/idp/token" | jq -r .access_token)
tasks="$BASE/api/task_manager/v2/tasks"
page=$(curl -fsS -g -H "Authorization: Bearer $token" "$tasks?completedAt=gt(2020-04-22T00:00:00Z)&limit=10")
count=0
while :; do
  count=$((count + $(jq '.items | length' <<<"$page")))
  after=$(jq -r '.paging.cursors.after // empty' <<<"$page")
  [ -n "$after" ] || break
  page=$(curl -fsS -G -H "Authorization: Bearer $token" -d limit=10 --data-urlencode "after=$after" "$tasks")
done
echo "$count"
"""


@pytest.mark.needs("bash", "curl", "jq")
async def test_a_shell_script_reads_every_page() -> None:
    async with visiting() as guest:
        guest.control.grow(45)
        environment = {"BASE": guest.running.url, "ID": CLIENT[0], "SECRET": CLIENT[1], "PATH": "/usr/bin:/bin"}
        script = await asyncio.create_subprocess_exec(
            "bash", "-c", SCRIPT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        said, complained = await script.communicate()
    assert (script.returncode, said.decode().strip()) == (0, "45"), complained.decode()
