"""Every constant that is tuned to a processor.

They were chosen on one core of an AMD EPYC (Zen 4, AVX-512, 32 KB of first-level and 1 MB of
second-level cache) by the gradients of ``bench/gradient.py`` and ``bench/forms.py``;
``bench/processor_constants.py`` halves and doubles each, and its last table stands in
``bench/RESULTS.md``.  No result depends on them beyond the order in which numbers are added.

Where LLVM knows the target better than a constant can, it is told what it may assume and decides
itself: pointers that overlap nothing, data that nobody writes, sums that may be taken in any order,
loops whose rounds are independent.
"""

CHUNK_ELEMENTS = 1024
"""About how many elements of one array a chunk of rows holds, so that a few fit into the L1 cache.
"""

ROW_BLOCK = 16
"""Chunks are multiples of this: LLVM does not vectorise over columns that are whole arrays apart,
but not whole vectors."""

CHUNK_OF_MATRIX = 32768
"""About how many elements of a data matrix a chunk of rows holds: a quarter of an L2 cache."""

MIN_CHUNK = 256
"""Rows of a chunk that has a product in it: fewer are not worth starting its loops."""

MAX_COLUMNS = 16
"""Largest product of the axes that are unrolled."""

FEW_STATES = 4
"""Up to so many elements of the state of a loop over time are handed on in variables."""

FEW_COLUMNS = 4
"""Up to so many, expensive functions are unrolled without rows; more are a loop of vectors."""

MAX_LOOP_COST = 400
"""Largest sum of the costs of the operations of an unrolled nest."""

FEW_ROUNDS = 4
"""Loops of up to so many rounds are unrolled; more are left for LLVM to make vectors of."""

ONE_VECTOR = 8
"""Loops of up to so many rounds work on one vector at once; longer ones on two."""

MANY_ACCUMULATORS = 8
"""From so many on they stand apart from expensive functions: both together exceed the registers."""

MAX_TESTS = 8
"""How many tests at run time LLVM accepts before a loop."""

SMALL_PRODUCT = 64
"""Products with up to so many multiplications are written in line."""

COLUMNS_AT_ONCE = 8
"""Columns of a data matrix whose coefficients, or sums, stay in registers."""

STREAM_FROM = 2**15
"""Elements from which data are not copied into a pool, but read where they were bound."""

CACHE_LINE, HALF_PAGE = 8, 256
"""In numbers of eight bytes; columns half a page apart compete for the same lines."""

QR_ROWS_A_COLUMN = 16
"""Rows of a chunk that is reduced to a triangle, as a multiple of its columns: from the second
level cache, and LAPACK starts no threads for a narrow one."""
