-- Items that share a barcode: what the till counts for one may be sales of the other.
SELECT sku, barcode, count(*) OVER (PARTITION BY barcode) AS items
FROM known_products WHERE barcode IS NOT NULL
QUALIFY items > 1
ORDER BY barcode, sku
