"""Reads {"endpoint": ..., "template": ...}, deploys the template, and prints the stack's status and resource types."""
import json
import sys

import boto3

request = json.load(sys.stdin)
client = boto3.client(
    "cloudformation",
    endpoint_url=request["endpoint"],
    region_name="us-east-1",
    aws_access_key_id="a",
    aws_secret_access_key="b",
)
client.create_stack(
    StackName="defender", TemplateBody=json.dumps(request["template"]), Capabilities=["CAPABILITY_NAMED_IAM"]
)
status = client.describe_stacks(StackName="defender")["Stacks"][0]["StackStatus"]
pages = client.get_paginator("list_stack_resources").paginate(StackName="defender")
types = [resource["ResourceType"] for page in pages for resource in page["StackResourceSummaries"]]
json.dump({"status": status, "types": types}, sys.stdout)
