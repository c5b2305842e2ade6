"""From plans to what may leave: the action grammar, policy, decisions, audit and ERP exchange.

Nothing here forecasts, optimises or knows the warehouse: frames that follow the contracts come
in, frames that follow the contracts go out. Only `store` (decisions and audit log) and `exchange`
(export batches) touch the outside.
"""
