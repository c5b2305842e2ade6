-- Units that went back to suppliers and count against no order line, with the reason.
SELECT return_id, line, returned_on, supplier, sku, location, laid_po AS po, laid_line AS po_line, units, fault
FROM traced_returns WHERE fault IS NOT NULL ORDER BY return_id, line
