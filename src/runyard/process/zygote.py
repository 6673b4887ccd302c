# The program of a zygote, started by path under an environment's interpreter (CPython >= 3.8).
# It stays this small because its module is the `__main__` that run processes replace: TEMPLATE is
# exactly what this Python gives the main module of `python script.py`.
TEMPLATE = dict(globals())


def load(name, given=()):  # type: ignore[no-untyped-def]
    """Execute a file beside this one in a namespace that no `import` finds; its `.pyc` is used."""
    path = __file__[: -len("zygote.py")] + name + ".py"
    code = type(TEMPLATE["__loader__"])("_runyard_" + name, path).get_code("_runyard_" + name)
    namespace = dict(given, __name__="_runyard_" + name, __builtins__=__builtins__, __file__=path)
    exec(code, namespace)  # noqa: S102 - our own code
    return namespace


if __name__ == "__main__":
    as_main = load("as_main")  # type: ignore[no-untyped-call]
    as_main["setup"](TEMPLATE)
    child = load("child", as_main)  # type: ignore[no-untyped-call]
    child["work"] = load("pool_worker", child)["work"]  # type: ignore[no-untyped-call]
    job = load("zygote_loop", load("preparing"))["serve"]()  # type: ignore[no-untyped-call]
    if job is not None:  # we are a run process now; few frames of ours lie under the user's code
        child["become"](*job)
