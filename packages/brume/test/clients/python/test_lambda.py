"""Lambda: functions, versions, aliases, permissions, event sources, invocations."""

import base64
import json

import boto3

from smoke import Smoke, fetch, unique, zipped

ROLE = "arn:aws:iam::000000000000:role/service/worker"
ECHO = """
exports.handler = async (event) => {
  console.log("saw", JSON.stringify(event));
  if (event.fail) throw new TypeError("no");
  return { ...event, colour: process.env.COLOUR };
};
"""


class Lambda(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("lambda")
        cls.sqs = session.client("sqs")

    def create(self, **more):
        name = unique("function")
        self.client.create_function(
            FunctionName=name,
            Role=ROLE,
            Runtime="nodejs22.x",
            Handler="index.handler",
            Code={"ZipFile": zipped("index.js", ECHO)},
            **more,
        )
        self.client.get_waiter("function_active_v2").wait(FunctionName=name)
        return name

    def test_creates_reads_lists_updates_and_deletes_functions(self):
        client, name = self.client, self.create(Tags={"team": "mist"})
        got = client.get_function(FunctionName=name)
        self.assertEqual((got["Configuration"]["State"], got["Tags"]), ("Active", {"team": "mist"}))
        self.assertEqual(fetch(got["Code"]["Location"])[0], 200)
        self.create()
        listed = self.pages(client, "list_functions", "Functions")
        self.assertIn(name, [one["FunctionName"] for one in listed])
        client.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": "grey"}})
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
        code = zipped("index.js", "exports.handler = async () => 7;")
        client.update_function_code(FunctionName=name, ZipFile=code)
        client.get_waiter("function_updated").wait(FunctionName=name)
        self.assertEqual(client.invoke(FunctionName=name)["Payload"].read(), b"7")
        conflict = dict(
            FunctionName=name, Role=ROLE, Code={"ZipFile": code}, Runtime="nodejs22.x", Handler="index.handler"
        )
        self.refused(client.exceptions.ResourceConflictException, client.create_function, **conflict)
        client.delete_function(FunctionName=name)
        self.refused(client.exceptions.ResourceNotFoundException, client.get_function, FunctionName=name)

    def test_invokes(self):
        client, name = self.client, self.create(Environment={"Variables": {"COLOUR": "grey"}})
        answer = client.invoke(FunctionName=name, Payload=json.dumps({"ü": 1}), LogType="Tail")
        self.assertEqual(json.load(answer["Payload"]), {"ü": 1, "colour": "grey"})
        self.assertEqual((answer["StatusCode"], answer["ExecutedVersion"]), (200, "$LATEST"))
        self.assertIn("saw", base64.b64decode(answer["LogResult"]).decode())
        failed = client.invoke(FunctionName=name, Payload=b'{"fail": true}')
        self.assertEqual(
            (failed["FunctionError"], json.load(failed["Payload"])["errorType"]), ("Unhandled", "TypeError")
        )
        self.assertEqual(client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")["StatusCode"], 202)
        self.assertEqual(client.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"], 204)
        not_json = client.exceptions.InvalidRequestContentException
        self.refused(not_json, client.invoke, FunctionName=name, Payload=b"not json")
        self.refused(client.exceptions.ResourceNotFoundException, client.invoke, FunctionName="none")

    def test_streams_answers(self):
        client, name = self.client, self.create()
        events = list(client.invoke_with_response_stream(FunctionName=name, Payload=b'{"a": 1}')["EventStream"])
        text = b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event)
        self.assertEqual((json.loads(text), "InvokeComplete" in events[-1]), ({"a": 1}, True))

    def test_publishes_versions_and_aliases(self):
        client, name = self.client, self.create()
        version = client.publish_version(FunctionName=name)["Version"]
        client.get_waiter("published_version_active").wait(FunctionName=name, Qualifier=version)
        client.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
        client.update_alias(FunctionName=name, Name="live", Description="Fog")
        self.assertEqual(client.get_alias(FunctionName=name, Name="live")["Description"], "Fog")
        self.assertEqual(client.invoke(FunctionName=name, Qualifier="live")["ExecutedVersion"], "1")
        versions = self.pages(client, "list_versions_by_function", "Versions", FunctionName=name)
        self.assertEqual([one["Version"] for one in versions], ["$LATEST", "1"])
        self.assertEqual(len(self.all(client, "list_aliases", "Aliases", FunctionName=name)), 1)
        client.delete_alias(FunctionName=name, Name="live")
        self.refused(client.exceptions.ResourceNotFoundException, client.get_alias, FunctionName=name, Name="live")

    def test_grants_permissions(self):
        client, name = self.client, self.create()
        grant = dict(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")
        client.add_permission(**grant)
        self.refused(client.exceptions.ResourceConflictException, client.add_permission, **grant)
        policy = json.loads(client.get_policy(FunctionName=name)["Policy"])
        self.assertEqual([statement["Sid"] for statement in policy["Statement"]], ["s"])
        client.remove_permission(FunctionName=name, StatementId="s")
        self.refused(client.exceptions.ResourceNotFoundException, client.get_policy, FunctionName=name)

    def test_has_function_urls(self):
        client, name = self.client, self.create()
        url = client.create_function_url_config(FunctionName=name, AuthType="NONE")["FunctionUrl"]
        client.add_permission(
            FunctionName=name,
            StatementId="open",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
        )
        status, body = fetch(f"{url}hello?a=b")
        self.assertEqual((status, json.loads(body)["rawPath"]), (200, "/hello"))

    def test_maps_event_sources(self):
        client, name = self.client, self.create()
        queue = self.sqs.create_queue(QueueName=unique("source"))["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        mapping = client.create_event_source_mapping(FunctionName=name, EventSourceArn=arn, Enabled=False)["UUID"]
        client.update_event_source_mapping(UUID=mapping, BatchSize=3)
        self.assertEqual(client.get_event_source_mapping(UUID=mapping)["BatchSize"], 3)
        listed = self.all(client, "list_event_source_mappings", "EventSourceMappings", FunctionName=name)
        self.assertEqual([one["UUID"] for one in listed], [mapping])
        client.delete_event_source_mapping(UUID=mapping)
