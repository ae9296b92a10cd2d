"""Source text to machine code: made once, kept on disk under the digest of the text."""
