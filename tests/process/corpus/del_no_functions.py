class Noisy:
    def __del__(self):
        print("gone")
a = Noisy()
