"""A certificate that nobody trusts does not mend itself, and nobody is told that it may."""

from pathlib import Path

import pytest

from bot.acronis import AcronisClient
from bot.acronis.kinds import Classifier
from bot.errors import AcronisUnavailable
from tests.certificates import wrongly_signed


@pytest.mark.needs("openssl")
async def test_a_certificate_that_nobody_trusts_is_for_the_operator(tmp_path: Path) -> None:
    async with wrongly_signed(tmp_path) as url:
        client = AcronisClient("main", url, "id", "secret", classifier=Classifier(), sleep=_at_once)
        with pytest.raises(
            AcronisUnavailable, match=r"not trusted here \(self.signed certificate\).*SSL_CERT_FILE"
        ) as told:
            await client.check()
        await client.aclose()
    assert "may work again" not in told.value.told


async def _at_once(_: float) -> None:
    """Tries follow each other."""
