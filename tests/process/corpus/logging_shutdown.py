import logging, logging.handlers, sys
target = logging.StreamHandler(sys.stdout)
memory = logging.handlers.MemoryHandler(100, target=target)
logging.getLogger().addHandler(memory)
logging.getLogger().setLevel(logging.INFO)
logging.info("flushed at shutdown by %s", __name__)
logging.getLogger("x").warning("careful")
