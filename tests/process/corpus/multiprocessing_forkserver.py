import multiprocessing as mp
def work(q, n):
    q.put(n * 2)
if __name__ == "__main__":
    mp.set_start_method("forkserver")
    q = mp.Queue()
    p = mp.Process(target=work, args=(q, 21))
    p.start()
    print(q.get())
    p.join()
    print(p.exitcode)
