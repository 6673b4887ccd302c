def make():
    errors = []
    for n in range(2):
        try:
            raise ValueError(n)
        except ValueError as e:
            errors.append(e)
    return errors
raise ExceptionGroup("several", [*make(), ExceptionGroup("inner", make())])
