"""The HTTP face: the native REST API, its live streams, its documentation and the start page."""
