"""The browser for tests and pictures: Debian's own, as a container can run it."""

from __future__ import annotations

CHROMIUM = "/usr/bin/chromium"
# No sandbox: it must start as root, too, and where namespaces are forbidden. /dev/shm may be tiny.
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
