import locale, sys, time
print(sys.getfilesystemencoding(), sys.getdefaultencoding(), locale.getpreferredencoding(False))
print(locale.setlocale(locale.LC_ALL), sys.flags.utf8_mode, time.tzname)
print("é漢字☃")
