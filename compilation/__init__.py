"""How a function over arrays becomes machine code, and how that code is kept between runs.

`compiled` is the one way to compile a function here; a function so compiled is called a kernel.
`copy_array` gives columns the one kind of array that kernels are compiled for. A
kernel may live in the file of what it serves and call kernels of other files: whatever it was
compiled from is in the key of its kept code, so that no run uses code of an earlier source.

What does not live here: kernels. This package imports nothing of ours, and anyone may import it.
"""

from compilation.arrays import copy_array
from compilation.decorator import compiled, find_plain_function

__all__ = ["compiled", "copy_array", "find_plain_function"]
