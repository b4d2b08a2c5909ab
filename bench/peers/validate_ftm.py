"""The peer's side of `bench.ingest`: read FollowTheMoney JSON lines and validate every value."""

import json
import sys

from followthemoney import model
from followthemoney.proxy import EntityProxy

facts = 0
with open(sys.argv[1], "rb") as file:
    for line in file:
        entity = EntityProxy.from_dict(json.loads(line), cleaned=False)
        model.get(entity.schema.name).validate(entity.to_dict())
        facts += sum(len(values) for values in entity.to_dict()["properties"].values())
print(facts)
