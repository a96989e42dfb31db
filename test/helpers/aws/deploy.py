"""Reads {"endpoint": ..., "template": ...}, deploys it with CloudFormation, and answers its status and what it made."""
import json
import sys

import boto3

asked = json.load(sys.stdin)
client = boto3.client(
    "cloudformation",
    endpoint_url=asked["endpoint"],
    region_name="us-east-1",
    aws_access_key_id="a",
    aws_secret_access_key="b",
)
client.create_stack(
    StackName="defender", TemplateBody=json.dumps(asked["template"]), Capabilities=["CAPABILITY_NAMED_IAM"]
)
status = client.describe_stacks(StackName="defender")["Stacks"][0]["StackStatus"]
made = client.get_paginator("list_stack_resources").paginate(StackName="defender")
types = [one["ResourceType"] for page in made for one in page["StackResourceSummaries"]]
json.dump({"status": status, "types": types}, sys.stdout)
