# The program of a zygote, started by path under the interpreter of an environment (CPython >= 3.8).
# It stays this small because its module is the `__main__` that run processes replace: what stands in
# TEMPLATE is exactly what this Python gives the main module of `python script.py`.
TEMPLATE = dict(globals())


def load(name):  # type: ignore[no-untyped-def]
    """Execute a file beside this one in a namespace that no `import` can find; its `.pyc` is used."""
    path = __file__[: -len("zygote.py")] + name + ".py"
    code = type(TEMPLATE["__loader__"])("_runyard_" + name, path).get_code("_runyard_" + name)
    namespace = {"__name__": "_runyard_" + name, "__builtins__": __builtins__, "__file__": path}
    exec(code, namespace)  # noqa: S102 - our own code
    return namespace


if __name__ == "__main__":
    child = load("child")
    child["setup"](TEMPLATE)
    job = load("zygote_loop")["serve"]()
    if job is not None:  # we are a run process now; few frames of ours lie under the user's code
        child["become"](*job)
