"""CloudFormation: stacks and change sets, with waiters, paginators and the resource."""

import json

import boto3
from botocore.exceptions import WaiterError

from smoke import Smoke, unique

FAST = {"Delay": 0.1, "MaxAttempts": 200}


def template(**queues):
    """A template with a queue for each name, and their URLs as outputs."""
    return json.dumps(
        {
            "Parameters": {"Wait": {"Type": "Number", "Default": 1}},
            "Resources": {
                name: {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": {"Ref": "Wait"}, **properties}}
                for name, properties in queues.items()
            },
            "Outputs": {f"{name}Url": {"Value": {"Ref": name}} for name in queues},
        }
    )


class CloudFormation(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("cloudformation")
        cls.resource = session.resource("cloudformation")

    def test_creates_reads_lists_updates_and_deletes_stacks(self):
        client, name = self.client, unique("stack")
        client.create_stack(StackName=name, TemplateBody=template(A={}, B={}), Tags=[{"Key": "a", "Value": "b"}])
        client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=FAST)
        self.refused(
            client.exceptions.AlreadyExistsException, client.create_stack, StackName=name, TemplateBody=template(A={})
        )
        [stack] = self.all(client, "describe_stacks", "Stacks", StackName=name)
        self.assertEqual({one["OutputKey"] for one in stack["Outputs"]}, {"AUrl", "BUrl"})
        resources = self.all(client, "list_stack_resources", "StackResourceSummaries", StackName=name)
        self.assertEqual({one["LogicalResourceId"] for one in resources}, {"A", "B"})
        client.update_stack(
            StackName=name, TemplateBody=template(A={}), Parameters=[{"ParameterKey": "Wait", "ParameterValue": "7"}]
        )
        client.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=FAST)
        unchanged = dict(
            StackName=name, UsePreviousTemplate=True, Parameters=[{"ParameterKey": "Wait", "UsePreviousValue": True}]
        )
        answer = self.refused("ValidationError", client.update_stack, **unchanged)
        self.assertEqual(answer["Error"]["Message"], "No updates are to be performed.")
        # boto3 decodes templates.
        self.assertEqual(list(client.get_template(StackName=name)["TemplateBody"]["Resources"]), ["A"])
        events = self.all(client, "describe_stack_events", "StackEvents", StackName=name)
        self.assertEqual(events[0]["ResourceStatus"], "UPDATE_COMPLETE")
        client.delete_stack(StackName=name)
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=FAST)
        self.refused("ValidationError", client.describe_stacks, StackName=name)
        listed = self.all(client, "list_stacks", "StackSummaries", StackStatusFilter=["DELETE_COMPLETE"])
        self.assertIn(stack["StackId"], [one["StackId"] for one in listed])

    def test_makes_change_sets(self):
        client, name = self.client, unique("stack")
        place = dict(StackName=name, ChangeSetName="first")
        client.create_change_set(**place, ChangeSetType="CREATE", TemplateBody=template(A={}))
        client.get_waiter("change_set_create_complete").wait(**place, WaiterConfig=FAST)
        [change] = client.describe_change_set(**place)["Changes"]
        self.assertEqual(
            (change["ResourceChange"]["Action"], change["ResourceChange"]["LogicalResourceId"]), ("Add", "A")
        )
        client.execute_change_set(**place)
        client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=FAST)
        self.refused(
            client.exceptions.ChangeSetNotFoundException,
            client.describe_change_set,
            StackName=name,
            ChangeSetName="none",
        )
        client.delete_stack(StackName=name)
        client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=FAST)

    def test_rolls_back(self):
        client, name = self.client, unique("stack")
        client.create_stack(StackName=name, TemplateBody=template(A={"QueueName": "not a name"}))
        with self.assertRaisesRegex(WaiterError, "ROLLBACK_COMPLETE"):
            client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=FAST)
        events = self.all(client, "describe_stack_events", "StackEvents", StackName=name)
        self.assertIn("CREATE_FAILED", {event["ResourceStatus"] for event in events})

    def test_has_resources(self):
        stack = self.resource.create_stack(StackName=unique("stack"), TemplateBody=template(A={}))
        self.client.get_waiter("stack_create_complete").wait(StackName=stack.name, WaiterConfig=FAST)
        stack.reload()
        self.assertEqual(stack.stack_status, "CREATE_COMPLETE")
        self.assertEqual([one.logical_id for one in stack.resource_summaries.all()], ["A"])
        self.assertEqual(stack.Resource("A").resource_type, "AWS::SQS::Queue")
        stack.delete()

    def test_validates_templates(self):
        client = self.client
        self.assertEqual(client.validate_template(TemplateBody=template(A={}))["Parameters"][0]["ParameterKey"], "Wait")
        self.refused("ValidationError", client.validate_template, TemplateBody='{"Resources": {"A": {}}}')
