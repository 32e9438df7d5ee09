"""A test says which programs it needs; on a laptop it skips with its reason, in a complete CI that is a failure."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TEST = "import pytest\n@pytest.mark.needs('sh', 'no-such-program')\ndef test_it(): pass\n"


@pytest.mark.parametrize(
    ("complete", "outcome", "word"),
    [("", {"skipped": 1}, "no-such-program is not on this machine"), ("1", {"errors": 1}, "CI_COMPLETE=1")],
)
def test_a_missing_program_skips_or_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, complete: str, outcome: dict[str, int], word: str
) -> None:
    monkeypatch.setenv("CI_COMPLETE", complete)
    pytester.makeconftest(Path(__file__).parents[1].joinpath("conftest.py").read_text())
    pytester.makepyfile(TEST)
    result = pytester.runpytest("-rsf", "-p", "no:cacheprovider", "-W", "ignore")
    result.assert_outcomes(**outcome)
    assert word in result.stdout.str()
