"""The exchange of files with the ERP: batches out, acknowledgements back."""
