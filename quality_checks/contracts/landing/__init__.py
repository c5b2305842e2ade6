"""What plenish accepts: one contract a landing source, in the order in which they load."""

from quality_checks.contracts.landing import (  # isort: skip  # masters first: others refer to them
    masters as masters,
    sales as sales,
    stock as stock,
    supply as supply,
    context as context,
)
