def g():
    try:
        yield 1
    finally:
        print("cleaned")
it = g()
next(it)
