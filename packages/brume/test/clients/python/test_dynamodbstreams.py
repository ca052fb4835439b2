"""DynamoDB Streams: streams, shards and the records in them."""

import boto3

from smoke import Smoke, unique


class DynamoDBStreams(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("dynamodbstreams")
        cls.dynamodb = session.client("dynamodb")

    def test_describes_a_stream_and_reads_what_changed(self):
        client, name = self.client, unique("streamed")
        self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        self.dynamodb.get_waiter("table_exists").wait(TableName=name)
        [stream] = client.list_streams(TableName=name)["Streams"]
        described = client.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
        self.assertEqual((described["StreamStatus"], described["TableName"]), ("ENABLED", name))
        for text in ("one", "two"):
            self.dynamodb.put_item(TableName=name, Item={"pk": {"S": "x"}, "text": {"S": text}})
        self.dynamodb.delete_item(TableName=name, Key={"pk": {"S": "x"}})
        records = []
        for shard in described["Shards"]:
            place = dict(StreamArn=stream["StreamArn"], ShardId=shard["ShardId"])
            iterator = client.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            records += client.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual([record["eventName"] for record in records], ["INSERT", "MODIFY", "REMOVE"])
        self.assertEqual(records[1]["dynamodb"]["OldImage"]["text"], {"S": "one"})

    def test_knows_no_other_stream(self):
        arn = "arn:aws:dynamodb:us-east-1:000000000000:table/none/stream/2026-01-01T00:00:00.000"
        self.refused(self.client.exceptions.ResourceNotFoundException, self.client.describe_stream, StreamArn=arn)
