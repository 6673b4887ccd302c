import contextvars
v = contextvars.ContextVar("v", default=1)
print(len(contextvars.copy_context()), v.get())
