"""The dialects: four foreign contracts, each thin, over the runtime."""
