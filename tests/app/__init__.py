"""Tests of the composition root and what it is made of."""
