class Mine(Exception):
    def __str__(self):
        raise TypeError("no text")
raise Mine()
