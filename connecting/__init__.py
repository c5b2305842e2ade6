"""How a retailer's own exports become landing files: mappings, what they make, and what they lack.

`mappings` says what a mapping may state, `raw` reads an export as it came, `making` makes landing
files from both. Raw files are never changed, and what is made is made anew from them at any time.
"""
