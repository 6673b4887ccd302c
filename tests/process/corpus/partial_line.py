print("no newline", end="")
raise ValueError("crash after it")
