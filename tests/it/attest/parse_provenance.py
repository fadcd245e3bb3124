"""Parses a provenance statement as strict protobuf JSON: the statement, and the predicate by SLSA's own schema.

Usage: parse_provenance.py STATEMENT
Ends with 0 only where both parse, no field is unknown, and a statement with an unknown field is refused.
"""

import json
import sys

from google.protobuf.json_format import ParseDict, ParseError
from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
from in_toto_attestation.v1 import statement_pb2

with open(sys.argv[1], "rb") as file:
    statement = json.load(file)

ParseDict(statement, statement_pb2.Statement())
provenance = ParseDict(statement["predicate"], provenance_pb2.Provenance())
assert provenance.build_definition.build_type and provenance.run_details.builder.id
assert provenance.build_definition.resolved_dependencies
statement["predicate"]["runDetails"]["unknown"] = 1
try:
    ParseDict(statement["predicate"], provenance_pb2.Provenance())
except ParseError:
    sys.exit(0)
sys.exit("an unknown field was accepted")
