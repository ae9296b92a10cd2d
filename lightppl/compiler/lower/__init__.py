"""The emitted language to LLVM, without a detour through a general compiler of Python.

`kinds` says what expressions stand for, `operators` and `calls` how they become instructions,
`expressions` and `functions` write one function, `module` all that a program needs.
"""
