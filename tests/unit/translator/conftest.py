"""A translator for each test."""

import pytest
from asking import Asked


@pytest.fixture
def ask():
    return Asked()
