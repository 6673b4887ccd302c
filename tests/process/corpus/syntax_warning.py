x = "\d"
print(x is "a", x)
