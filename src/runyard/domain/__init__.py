"""Pure rules of Runyard: words, states, admission and retry; no I/O and no clock."""
