"""Fetch the front pages of the news sites that we follow."""

# /// script
# [tool.runyard]
# title = "Crawl the news sites"
# project = "news"
# queue = "crawl"
# owner = "mira"
# labels = ["hourly", "network"]
# timeout = "20m"
#
# [tool.runyard.retries]
# max = 2
# backoff = "30s"
#
# [tool.runyard.parameters]
# depth = {type = "integer", default = 2, min = 1, max = 5, description = "How far to follow links"}
# section = {type = "string", default = "world", choices = ["world", "science", "sport"]}
#
# [[tool.runyard.schedules]]
# name = "half-hourly"
# cron = "*/30 * * * *"
# jitter = "2m"
# ///

import sys
import time

import runyard

SITES = ["Le Monde", "Der Spiegel", "El País", "The Guardian", "朝日新聞", "Aftenposten"]
params = runyard.context().params

print(f"\033[1mDepth {params['depth']}, section {params['section']}\033[0m")
found = 0
for number, site in enumerate(SITES, start=1):
    pages = 17 * number + len(site)
    found += pages
    print(f"\033[32mGET\033[0m {site:<14} \033[36m200\033[0m {pages:>4} pages")
    if number == 3:
        print("\033[33mslow answer, waiting 2 s before the next page\033[0m", file=sys.stderr)
    runyard.progress(100 * number / len(SITES), f"{site}: {pages} pages")
    time.sleep(0.15)
runyard.result({"sites": len(SITES), "pages": found, "new": [f"article-{n}" for n in range(12)]})
