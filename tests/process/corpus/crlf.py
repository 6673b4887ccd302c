print("crlf")
print("two")
