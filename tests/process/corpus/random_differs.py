import random, uuid, os
random.seed(3)
print(random.random())
