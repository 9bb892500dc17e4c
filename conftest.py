"""Options that the whole repository's test run shares."""

pytest_plugins = ["pytester"]
