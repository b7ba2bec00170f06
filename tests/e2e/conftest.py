from collections.abc import Generator

import pytest

from tests.support.platform import namespace, platform
from tests.support.post_mortem import FAILED

__all__ = ["namespace", "platform"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report
