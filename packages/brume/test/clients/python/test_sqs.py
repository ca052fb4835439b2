"""SQS: the client and the resource, batches, long polls, paginators."""

import boto3

from smoke import Smoke, unique


class SQS(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("sqs")
        cls.resource = session.resource("sqs")

    def test_creates_reads_lists_updates_and_deletes_queues(self):
        sqs, prefix = self.client, unique("queue")
        urls = [sqs.create_queue(QueueName=f"{prefix}-{letter}")["QueueUrl"] for letter in "ab"]
        self.assertEqual(sqs.get_queue_url(QueueName=f"{prefix}-a")["QueueUrl"], urls[0])
        self.assertEqual(self.pages(sqs, "list_queues", "QueueUrls", QueueNamePrefix=prefix), urls)
        sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"VisibilityTimeout": "5"})
        sqs.tag_queue(QueueUrl=urls[0], Tags={"team": "mist"})
        self.assertEqual(sqs.list_queue_tags(QueueUrl=urls[0])["Tags"], {"team": "mist"})
        attributes = sqs.get_queue_attributes(QueueUrl=urls[0], AttributeNames=["All"])["Attributes"]
        self.assertEqual(attributes["VisibilityTimeout"], "5")
        for url in urls:
            sqs.delete_queue(QueueUrl=url)
        answer = self.refused(sqs.exceptions.QueueDoesNotExist, sqs.get_queue_url, QueueName=f"{prefix}-a")
        self.assertEqual(answer["Error"]["Code"], "AWS.SimpleQueueService.NonExistentQueue")

    def test_sends_receives_and_deletes_messages(self):
        sqs = self.client
        url = sqs.create_queue(QueueName=unique("queue") + ".fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
        attributes = {
            "kind": {"DataType": "String", "StringValue": "ü"},
            "blob": {"DataType": "Binary", "BinaryValue": b"\x00"},
        }
        # boto3 compares the digests of bodies and of attributes by itself.
        sqs.send_message(
            QueueUrl=url,
            MessageBody="fog ☃",
            MessageGroupId="g",
            MessageDeduplicationId="1",
            MessageAttributes=attributes,
        )
        [message] = sqs.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=5
        )["Messages"]
        self.assertEqual((message["Body"], message["Attributes"]["MessageGroupId"]), ("fog ☃", "g"))
        self.assertEqual(message["MessageAttributes"]["blob"]["BinaryValue"], b"\x00")
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=60)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.assertNotIn("Messages", sqs.receive_message(QueueUrl=url))
        self.refused(sqs.exceptions.ReceiptHandleIsInvalid, sqs.delete_message, QueueUrl=url, ReceiptHandle="x")

    def test_has_resources(self):
        queue = self.resource.create_queue(QueueName=unique("queue"))
        entries = [{"Id": str(index), "MessageBody": f"fog {index}"} for index in range(3)]
        answer = queue.send_messages(Entries=[*entries, {"Id": "late", "MessageBody": "late", "DelaySeconds": 9999}])
        self.assertEqual(len(answer["Successful"]), 3)
        self.assertEqual(answer["Failed"][0]["Code"], "InvalidParameterValue")
        messages = queue.receive_messages(MaxNumberOfMessages=10)
        self.assertEqual(sorted(message.body for message in messages), ["fog 0", "fog 1", "fog 2"])
        for message in messages:
            message.delete()
        self.assertEqual(self.resource.get_queue_by_name(QueueName=queue.url.rsplit("/", 1)[1]).url, queue.url)
        queue.purge()
        queue.delete()
