"""Cloud Control: resources of any type, by their properties."""

import json

import boto3

from smoke import Smoke, unique

TYPE = "AWS::SQS::Queue"
FAST = {"Delay": 0.1, "MaxAttempts": 200}


class CloudControl(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("cloudcontrol")

    def done(self, answer):
        """Waits for a request to be done, and returns the resource's identifier."""
        token = answer["ProgressEvent"]["RequestToken"]
        self.client.get_waiter("resource_request_success").wait(RequestToken=token, WaiterConfig=FAST)
        return self.client.get_resource_request_status(RequestToken=token)["ProgressEvent"]["Identifier"]

    def properties(self, identifier):
        got = self.client.get_resource(TypeName=TYPE, Identifier=identifier)
        return json.loads(got["ResourceDescription"]["Properties"])

    def test_creates_reads_lists_updates_and_deletes_resources(self):
        client, name = self.client, unique("controlled")
        desired = json.dumps({"QueueName": name, "DelaySeconds": 1})
        identifier = self.done(client.create_resource(TypeName=TYPE, DesiredState=desired))
        self.assertEqual(self.properties(identifier)["DelaySeconds"], 1)
        listed = self.all(client, "list_resources", "ResourceDescriptions", TypeName=TYPE)
        self.assertIn(identifier, [one["Identifier"] for one in listed])
        patch = json.dumps([{"op": "replace", "path": "/DelaySeconds", "value": 7}])
        self.done(client.update_resource(TypeName=TYPE, Identifier=identifier, PatchDocument=patch))
        self.assertEqual(self.properties(identifier)["DelaySeconds"], 7)
        requests = self.all(client, "list_resource_requests", "ResourceRequestStatusSummaries")
        self.assertGreaterEqual(len(requests), 2)
        self.done(client.delete_resource(TypeName=TYPE, Identifier=identifier))
        missing = client.exceptions.ResourceNotFoundException
        self.refused(missing, client.get_resource, TypeName=TYPE, Identifier=identifier)

    def test_refuses_types_that_do_not_exist(self):
        client = self.client
        missing = client.exceptions.TypeNotFoundException
        self.refused(missing, client.list_resources, TypeName="AWS::Nothing::AtAll")
