"""Exports: approved lines as batches that the ERP loads."""
