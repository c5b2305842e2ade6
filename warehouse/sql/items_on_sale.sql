-- Items with the days from and until which they are on sale, by what is stated and what sold.
SELECT * FROM products_in_force ORDER BY sku
