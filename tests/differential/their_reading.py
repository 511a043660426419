"""Whether census files are of the shape that others expect: run by the Python of the validator's environment.

    their_reading.py SCHEMA FILE...

prints one JSON object: for each file what breaks the XML schema, and how many rows of each table the validator reads.
"""

import json
import sys
import xml.etree.ElementTree as tree

import xmlschema
from cin_validator import cin_validator


def main(schema, *paths):
    rules = xmlschema.XMLSchema(schema)
    out = {}
    for path in paths:
        data = cin_validator.process_data(cin_validator.convert_data(tree.parse(path).getroot()))
        wrong = sorted({f"{error.path.rpartition('/')[2]}: {error.reason}" for error in rules.iter_errors(path)})
        out[path] = {"schema": wrong, "rows": {name: len(table) for name, table in data.items()}}
    json.dump(out, sys.stdout)


main(*sys.argv[1:])
