"""Words after `retire`: what is retired, and why."""

import pytest

from bot.errors import UsageError
from bot.language import Retirement, parse_retirement


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("retire SRV-OLD because decommissioned", Retirement(name="SRV-OLD", reason="decommissioned")),
        ("retire SRV-OLD: moved to Azure", Retirement(name="SRV-OLD", reason="moved to Azure")),
        ("retire SRV-OLD – moved to Azure", Retirement(name="SRV-OLD", reason="moved to Azure")),
        ("retire machine SRV OLD 2 since it is gone", Retirement(name="SRV OLD 2", reason="it is gone")),
        ('retire "because of me" because gone', Retirement(name="because of me", reason="gone")),
        ("retire 14 because replaced", Retirement(number=14, reason="replaced")),
        ("retire #14", Retirement(number=14)),
        ("retire alert 14 cause gone", Retirement(number=14, reason="gone")),
        ("please retire SRV-OLD", Retirement(name="SRV-OLD")),
        ("decommission SRV-OLD because sold", Retirement(name="SRV-OLD", reason="sold")),
        ("retire because it is gone", Retirement(reason="it is gone")),
        ("retire", Retirement()),
        ("retire dr.kim@acme.example because left", Retirement(name="dr.kim@acme.example", reason="left")),
        ("retire SRV-SINCE-2 because sold", Retirement(name="SRV-SINCE-2", reason="sold")),
    ],
)
def test_a_name_ends_where_the_reason_begins(text: str, wanted: Retirement) -> None:
    assert parse_retirement(text) == wanted


def test_what_is_too_long_for_a_name_is_said() -> None:
    with pytest.raises(UsageError):
        parse_retirement(f"retire {'x' * 300}")
