"""Verifies envelopes with securesystemslib and parses their statements as strict protobuf JSON.

Usage: verify_with_python.py PUBLIC_KEY ENVELOPE TAMPERED_ENVELOPE
Ends with 0 only where the first envelope verifies and parses and the second one is refused.
"""

import json
import sys

from google.protobuf.json_format import Parse
from in_toto_attestation.v1 import statement_pb2
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

public, good, tampered = sys.argv[1:]
with open(public, "rb") as file:
    key = SSlibKey.from_crypto(load_pem_public_key(file.read()))


def read(path):
    with open(path, "rb") as file:
        return Envelope.from_dict(json.load(file))


envelope = read(good)
assert list(envelope.signatures) == [key.keyid], (list(envelope.signatures), key.keyid)
assert list(envelope.verify([key], 1)) == [key.keyid]
Parse(envelope.payload, statement_pb2.Statement())
try:
    read(tampered).verify([key], 1)
except VerificationError:
    sys.exit(0)
sys.exit("the tampered envelope was accepted")
