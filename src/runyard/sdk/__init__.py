"""What a script, an app module or a client imports; knows nothing of the server's insides.

`channel`, `script`, `context` and `cancellation` run inside user scripts: standard library only,
and in the syntax of Python 3.8. The clients need the server's own Python version.
"""
