"""DynamoDB: the client and the resource, with expressions, batches, transactions, paginators and waiters."""

from decimal import Decimal

import boto3
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary

from smoke import Smoke, unique

KEYS = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "colour", "AttributeType": "S"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-colour",
            "KeySchema": [{"AttributeName": "colour", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


class DynamoDB(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("dynamodb")
        cls.resource = session.resource("dynamodb")
        cls.name = unique("smoke")
        cls.client.create_table(TableName=cls.name, **KEYS)
        cls.client.get_waiter("table_exists").wait(TableName=cls.name)

    def test_creates_reads_lists_updates_and_deletes_tables(self):
        client, name = self.client, unique("made")
        client.create_table(TableName=name, **KEYS, Tags=[{"Key": "a", "Value": "b"}])
        client.get_waiter("table_exists").wait(TableName=name)
        described = client.describe_table(TableName=name)["Table"]
        self.assertEqual((described["TableStatus"], described["ItemCount"]), ("ACTIVE", 0))
        self.assertEqual(
            self.all(client, "list_tags_of_resource", "Tags", ResourceArn=described["TableArn"])[0]["Key"], "a"
        )
        self.assertIn(name, self.pages(client, "list_tables", "TableNames"))
        client.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
        ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        self.assertEqual(ttl["AttributeName"], "until")
        client.update_table(TableName=name, DeletionProtectionEnabled=True)
        client.get_waiter("table_exists").wait(TableName=name)
        self.refused("ValidationException", client.delete_table, TableName=name)
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
        client.delete_table(TableName=name)
        client.get_waiter("table_not_exists").wait(TableName=name)
        self.refused(client.exceptions.ResourceNotFoundException, client.describe_table, TableName=name)

    def test_writes_reads_updates_and_deletes_items(self):
        client, key = self.client, {"pk": {"S": "item"}, "sk": {"N": "1"}}
        client.put_item(TableName=self.name, Item={**key, "count": {"N": "1"}, "blob": {"B": b"\x00\xff"}})
        got = client.get_item(TableName=self.name, Key=key, ConsistentRead=True, ReturnConsumedCapacity="TOTAL")
        self.assertEqual(got["Item"]["blob"]["B"], b"\x00\xff")
        self.assertEqual(got["ConsumedCapacity"]["CapacityUnits"], 1.0)
        updated = client.update_item(
            TableName=self.name,
            Key=key,
            UpdateExpression="ADD #c :one",
            ExpressionAttributeNames={"#c": "count"},
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="UPDATED_NEW",
        )
        self.assertEqual(updated["Attributes"], {"count": {"N": "2"}})
        failed = self.refused(
            client.exceptions.ConditionalCheckFailedException,
            client.put_item,
            TableName=self.name,
            Item=key,
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        self.assertEqual(failed["Item"]["count"], {"N": "2"})
        client.delete_item(TableName=self.name, Key=key)
        self.assertNotIn("Item", client.get_item(TableName=self.name, Key=key))
        self.refused("ValidationException", client.get_item, TableName=self.name, Key={"pk": {"S": "x"}})

    def test_queries_and_scans_page_by_page(self):
        for index in range(5):
            self.client.put_item(TableName=self.name, Item={"pk": {"S": "pages"}, "sk": {"N": str(index)}})
        query = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :p AND sk > :s",
            "ExpressionAttributeValues": {":p": {"S": "pages"}, ":s": {"N": "0"}},
        }
        found = self.pages(self.client, "query", "Items", 2, **query)
        self.assertEqual([item["sk"]["N"] for item in found], ["1", "2", "3", "4"])
        scan = {
            "TableName": self.name,
            "FilterExpression": "pk = :p",
            "ExpressionAttributeValues": {":p": {"S": "pages"}},
        }
        self.assertEqual(len(self.pages(self.client, "scan", "Items", 2, **scan)), 5)

    def test_writes_all_of_a_transaction_or_nothing(self):
        client = self.client
        put = lambda sk, **more: {
            "Put": {"TableName": self.name, "Item": {"pk": {"S": "all"}, "sk": {"N": sk}}, **more}
        }
        client.transact_write_items(TransactItems=[put("1"), put("2")])
        answer = self.refused(
            client.exceptions.TransactionCanceledException,
            client.transact_write_items,
            TransactItems=[put("3"), put("1", ConditionExpression="attribute_not_exists(pk)")],
        )
        self.assertEqual(
            [reason["Code"] for reason in answer["CancellationReasons"]], ["None", "ConditionalCheckFailed"]
        )
        got = client.transact_get_items(
            TransactItems=[{"Get": {"TableName": self.name, "Key": put(sk)["Put"]["Item"]}} for sk in ("2", "3")]
        )
        self.assertEqual(["Item" in response for response in got["Responses"]], [True, False])

    def test_has_resources(self):
        table = self.resource.Table(self.name)
        table.wait_until_exists()
        whole = {
            "pk": "doc",
            "sk": Decimal("1.5"),
            "colour": "grey",
            "tags": {"a", "b"},
            "numbers": {Decimal("1"), Decimal("2.5")},
            "nested": {"list": [Decimal("12345678901234567890.12345"), True, None, "x"], "blob": Binary(b"\x01")},
        }
        table.put_item(Item=whole)
        self.assertEqual(table.get_item(Key={"pk": "doc", "sk": Decimal("1.5")})["Item"], whole)
        with table.batch_writer(overwrite_by_pkeys=["pk", "sk"]) as batch:
            for index in range(60):
                batch.put_item(Item={"pk": "batch", "sk": index % 50, "colour": "grey" if index % 2 else "white"})
        self.assertEqual(table.query(KeyConditionExpression=Key("pk").eq("batch"), Select="COUNT")["Count"], 50)
        some = table.query(
            KeyConditionExpression=Key("pk").eq("batch") & Key("sk").between(10, 19),
            FilterExpression=Attr("colour").eq("grey"),
            ScanIndexForward=False,
        )
        self.assertEqual([item["sk"] for item in some["Items"]], [19, 17, 15, 13, 11])
        indexed = table.query(IndexName="by-colour", KeyConditionExpression=Key("colour").eq("white"))
        self.assertEqual(indexed["Count"], 25)
        updated = table.update_item(
            Key={"pk": "doc", "sk": Decimal("1.5")},
            UpdateExpression="SET nested.#l[0] = :v REMOVE tags",
            ConditionExpression=Attr("colour").begins_with("gr") & Attr("tags").contains("a"),
            ExpressionAttributeNames={"#l": "list"},
            ExpressionAttributeValues={":v": Decimal("7")},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        self.assertEqual((updated["nested"]["list"][0], "tags" in updated), (7, False))
        with table.batch_writer() as batch:
            for index in range(50):
                batch.delete_item(Key={"pk": "batch", "sk": index})
        got = self.resource.batch_get_item(
            RequestItems={self.name: {"Keys": [{"pk": "batch", "sk": 1}, {"pk": "doc", "sk": Decimal("1.5")}]}}
        )
        self.assertEqual([item["pk"] for item in got["Responses"][self.name]], ["doc"])
