"""The peer's side of `bench.taxii`: medallion's memory backend, asked within its own process.

Arguments: a scratch file for its configuration, and objects a request. Objects come on standard
input, one a line.
"""

import base64
import json
import sys
import time

from medallion import load_app

MEDIA = "application/taxii+json;version=2.1"
COLLECTION = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
BATCH = int(sys.argv[2])

collection = {
    **{"id": COLLECTION, "title": "x", "can_read": True, "can_write": True, "objects": []},
    **{"media_types": ["application/stix+json;version=2.1"], "manifest": []},
}
data = {
    "/discovery": {"title": "x", "default": "http://localhost/api/", "api_roots": []},
    "api": {
        "information": {"title": "x", "versions": [MEDIA], "max_content_length": 1 << 30},
        "status": [],
        "collections": [collection],
    },
}
with open(sys.argv[1] + ".data", "w") as file:
    json.dump(data, file)
backend = {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend"}
configuration = {
    "users": {"user": "password"},
    "taxii": {"max_page_size": BATCH},
    "backend": backend | {"filename": sys.argv[1] + ".data"},
}
with open(sys.argv[1], "w") as file:
    json.dump(configuration, file)

token = base64.b64encode(b"user:password").decode()
headers = {"Authorization": f"Basic {token}", "Accept": MEDIA, "Content-Type": MEDIA}
client = load_app(sys.argv[1]).test_client()
address = f"/api/collections/{COLLECTION}/objects/"
objects = [json.loads(line) for line in sys.stdin]
bodies = [json.dumps({"objects": objects[at : at + BATCH]}) for at in range(0, len(objects), BATCH)]

start = time.process_time()
for body in bodies:
    answer = client.post(address, data=body, headers=headers)
    assert answer.status_code == 202, answer.data
posted = time.process_time() - start

start, seen, params = time.process_time(), 0, {"limit": BATCH}
while True:
    answer = client.get(address, query_string=params, headers=headers)
    assert answer.status_code == 200, answer.data
    page = json.loads(answer.data)
    seen += len(page.get("objects", []))
    if not page.get("more"):
        break
    params["next"] = page["next"]
read = time.process_time() - start
print(json.dumps({"seen": seen, "post_cpu_s": posted, "read_cpu_s": read}))
