"""The Python APIs of the services that Runyard stands in for, over a Runyard server."""
