from multiprocessing import shared_memory
m = shared_memory.SharedMemory(create=True, size=100)
m.buf[0] = 7
print(m.buf[0])
m.close()
m.unlink()
