"""The composition root: settings, the building of all parts, and serving."""
