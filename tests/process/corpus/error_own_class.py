class Mine(Exception):
    pass
raise Mine("text\nof two lines")
