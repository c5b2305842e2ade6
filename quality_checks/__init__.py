"""What every table must look like and the checks that hold each stage to it.

`contracts/` states each table once; `intake/` turns a landed file into contract rows and
quarantined rows; `checks/` judge a stage's tables. Nothing of ours is imported from above.
"""
