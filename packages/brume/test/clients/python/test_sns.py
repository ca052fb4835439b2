"""SNS: topics, subscriptions and what reaches them."""

import json

import boto3

from smoke import Smoke, unique


class SNS(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("sns")
        cls.resource = session.resource("sns")
        cls.sqs = session.client("sqs")

    def test_creates_reads_lists_updates_and_deletes_topics(self):
        sns = self.client
        arn = sns.create_topic(Name=unique("topic"), Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
        self.assertEqual(sns.list_tags_for_resource(ResourceArn=arn)["Tags"], [{"Key": "a", "Value": "b"}])
        sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="Fog")
        self.assertEqual(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"], "Fog")
        self.assertIn(arn, [topic["TopicArn"] for topic in self.all(sns, "list_topics", "Topics")])
        sns.delete_topic(TopicArn=arn)
        self.refused(sns.exceptions.NotFoundException, sns.get_topic_attributes, TopicArn=arn)

    def test_delivers_to_a_queue(self):
        url = self.sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        topic = self.resource.create_topic(Name=unique("topic"))
        policy = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": attributes["QueueArn"],
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
                }
            ]
        }
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        subscription = topic.subscribe(
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"FilterPolicy": json.dumps({"kind": ["fog"]}), "RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        self.assertEqual([one.arn for one in topic.subscriptions.all()], [subscription.arn])
        kind = lambda value: {"kind": {"DataType": "String", "StringValue": value}}
        topic.publish(Message="rain", MessageAttributes=kind("rain"))
        answer = self.client.publish_batch(
            TopicArn=topic.arn,
            PublishBatchRequestEntries=[{"Id": "1", "Message": "fog", "MessageAttributes": kind("fog")}],
        )
        self.assertEqual(len(answer["Successful"]), 1)
        [message] = self.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
        self.assertEqual(message["Body"], "fog")
        subscription.delete()
        by_topic = self.all(self.client, "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic.arn)
        self.assertEqual(by_topic, [])

    def test_refuses_what_is_not_valid(self):
        self.refused(self.client.exceptions.InvalidParameterException, self.client.create_topic, Name="a b")
