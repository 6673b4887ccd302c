import threading
print(threading.current_thread(), threading.main_thread().name, threading.active_count())
