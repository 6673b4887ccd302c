"""Shows the values in failed asserts of the conformance suite, too."""

import pytest

pytest.register_assert_rewrite("runyard.testing.conformance")
