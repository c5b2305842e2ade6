"""The smallest retailer that can plan: what a plan cannot do without, as exports below raw/."""

import random
from datetime import date, timedelta

from raw_files import POS, Connected

LAST = date(2025, 9, 30)
DAYS = 35
SKUS = ("815", "816", "817")
SHOPS = ("007", "008")

MAPPINGS = {
    "pos_sales": POS,
    "stock": """
files: "Bestand_{date:%Y%m%d}.csv"
folder: kasse
read: {encoding: cp850, separator: ";"}
columns:
  snapshot_time: {file_date: "22:00"}
  sku: {from: Artikel, zero_fill: 5}
  location: Filiale
  on_hand: Bestand
  reserved: {constant: 0}
  damaged: {constant: 0}
""",
    "products": """
files: "Artikel.csv"
file_date: 2025-08-01
folder: erp
read: {separator: "\\t", numbers: {decimal: ","}, dates: "%d.%m.%Y"}
columns:
  sku: {from: Nummer, zero_fill: 5}
  style: Nummer
  department: {constant: all}
  category: Gruppe
  season: {constant: basic}
  unit_cost: EK
  list_price: {from: VK, factor: 1/1.19}
  currency: {constant: EUR}
  case_pack: {constant: 1}
  volume: {constant: 1}
  launch_date: angelegt
  supplier: Lieferant
""",
    "item_suppliers": """
files: "Artikel.csv"
file_date: 2025-08-01
folder: erp
read: {separator: "\\t", numbers: {decimal: ","}, dates: "%d.%m.%Y"}
columns:
  sku: {from: Nummer, zero_fill: 5}
  supplier: Lieferant
  contract_lead_time_days: Lieferzeit
  minimum_order_quantity: {constant: 1}
  order_multiple: {constant: 1}
  unit_price: EK
  currency: {constant: EUR}
  preferred: {constant: true}
  valid_from: angelegt
""",
    "suppliers": """
files: "Artikel.csv"
file_date: 2025-08-01
folder: erp
read: {separator: "\\t"}
sql: SELECT min(raw_line) AS raw_line, Lieferant FROM raw GROUP BY Lieferant
columns:
  supplier: Lieferant
  name: Lieferant
  origin: {constant: DE}
""",
    "locations": """
files: "Filialen.csv"
file_date: 2025-08-01
folder: erp
columns:
  location: Nummer
  kind: {from: Art, codes: {Filiale: store, Lager: dc}}
  region: {constant: nord}
  city: Ort
  priority: {constant: 1}
  ships_online: {constant: false}
  open_weekdays: {constant: "1111111"}
""",
}

ITEMS = "Nummer\tGruppe\tEK\tVK\tangelegt\tLieferant\tLieferzeit\n" + "".join(
    f"{sku}\tTassen\t4,00\t11,90\t01.03.2024\tV1\t5\n" for sku in SKUS
)
PLACES = "Nummer,Art,Ort\n007,Filiale,Kiel\n008,Filiale,Jena\n"


def write_first_day(retailer: Connected) -> None:
    """Mappings and exports; on the last day one line of the till is broken."""
    for source, text in MAPPINGS.items():
        retailer.map(source, text)
    retailer.drop("erp/Artikel.csv", ITEMS, "utf-8")
    retailer.drop("erp/Filialen.csv", PLACES, "utf-8")
    chance = random.Random(7)  # noqa: S311  # a seeded retailer
    stock = {(sku, shop): 40 for sku in SKUS for shop in SHOPS}
    for number in range(DAYS):
        day = LAST - timedelta(days=DAYS - 1 - number)
        lines = []
        for (sku, shop), there in stock.items():
            units = min(there, chance.choice([0, 1, 1, 2]))
            stock[sku, shop] -= units
            if units:
                at = f"{shop};{day:%d}{sku};1;{day:%d.%m.%Y};10:00"
                lines.append(f"{at};{sku};Tasse;{units};ST;{units * 12},00")
        if day == LAST:
            lines.append(f"007;X;1;{day:%d.%m.%Y};10:00;815;Tasse;1;PALETTE;12,00")
        retailer.sell(day, *lines)
        counted = "".join(f"{shop};{sku};{there}\n" for (sku, shop), there in stock.items())
        retailer.drop(f"kasse/Bestand_{day:%Y%m%d}.csv", f"Filiale;Artikel;Bestand\n{counted}")
