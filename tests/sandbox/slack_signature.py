"""Signs a body as Slack's own library does: slack_signature.py SECRET TIMESTAMP FILE prints the signature."""

import sys

from slack_sdk.signature import SignatureVerifier

secret, timestamp, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    body = file.read()
verifier = SignatureVerifier(secret)
signature = verifier.generate_signature(timestamp=timestamp, body=body)
with open(path + ".signature", "w", encoding="utf-8") as file:
    file.write(signature)
