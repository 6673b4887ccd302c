"""What a sentence asks for: read by rules, in English and Chinese, without a model."""
