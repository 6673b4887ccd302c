e = ValueError("noted")
e.add_note("look here")
raise e
