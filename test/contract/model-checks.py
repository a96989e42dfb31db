"""Makes the calls that stdin lists, and compares each response with botocore's service model. Prints JSON."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

client = boto3.client("codeartifact")
problems = []


def check(shape, value, path):
    """Reports what a part of a response has and its shape does not allow."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            return problems.append(f"{path} is no structure")
        names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for name, member in value.items():
            if name not in names:
                problems.append(f"{path}.{name} is unknown")
            elif member is not None:
                check(names[name], member, f"{path}.{name}")
        problems.extend(f"{path}.{name} is missing" for name in shape.required_members if name not in value)
    elif kind == "list":
        for item in value:
            check(shape.member, item, f"{path}[]")
    elif kind == "map":
        for key, item in value.items():
            check(shape.key, key, f"{path} key")
            check(shape.value, item, f"{path}.{key}")
    elif kind == "string":
        if not isinstance(value, str) or (shape.enum and value not in shape.enum):
            problems.append(f"{path} is {value!r}")
    elif kind in ("integer", "long", "timestamp"):
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            problems.append(f"{path} is {value!r}")
    elif kind == "boolean" and not isinstance(value, bool):
        problems.append(f"{path} is {value!r}")


def compare(http_response, model, **_):
    """Compares a successful response that is JSON with the model of its operation."""
    if http_response.status_code < 300 and not model.has_streaming_output:
        check(model.output_shape, json.loads(http_response.content), model.name)


client.meta.events.register("after-call.codeartifact", compare)
results = []
for name, parameters in json.load(sys.stdin):
    method = next(snake for snake, operation in client.meta.method_to_api_mapping.items() if operation == name)
    try:
        getattr(client, method)(**parameters)
        results.append([name, "ok"])
    except ClientError as error:
        declared = {shape.error_code for shape in client.meta.service_model.operation_model(name).error_shapes}
        code = error.response["Error"]["Code"]
        if code not in declared:
            problems.append(f"{name} declares no {code}: {error}")
        results.append([name, code])
print(json.dumps({"results": results, "problems": problems, "operations": client.meta.service_model.operation_names}))
