"""docs/scaling.md and the schema: what it spreads over machines is what there is to spread."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "scaling.md").read_text()
SCHEMA = "\n".join(path.read_text() for path in
                   sorted((ROOT / "src" / "store" / "migrations").glob("*.sql")))
TABLES = dict(re.findall(r"^CREATE TABLE (\w+) \((.*?)^\);", SCHEMA, re.M | re.S))


def spread(how):
    return re.findall(rf"create_{how}_table\('(\w+)'", PAGE)


def test_every_table_of_companies_is_distributed_by_company():
    of_companies = {name for name, columns in TABLES.items() if "company_id" in columns}
    assert of_companies <= set(spread("distributed"))
    assert PAGE.count("create_distributed_table('") == PAGE.count("', 'company_id'")


def test_every_other_table_is_a_reference_table():
    assert {name for name, columns in TABLES.items() if "company_id" not in columns} == \
        set(spread("reference"))


def test_a_table_is_distributed_behind_those_that_it_refers_to():
    order = spread("distributed")
    for name, columns in TABLES.items():
        for parent in re.findall(r"REFERENCES (\w+)", columns):
            assert order.index(parent) < order.index(name), f"{name} refers to {parent}"
