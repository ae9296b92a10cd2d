"""Machine code: made by LLVM, kept in a folder of the user alone, sealed, loaded again."""
