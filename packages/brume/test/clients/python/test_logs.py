"""CloudWatch Logs: groups, streams, events, queries."""

import time

import boto3

from smoke import Smoke, unique


class Logs(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("logs")

    def filled(self):
        group = f"/smoke/{unique('group')}"
        self.client.create_log_group(logGroupName=group)
        now = int(time.time() * 1000)
        for stream in ("a", "b"):
            self.client.create_log_stream(logGroupName=group, logStreamName=stream)
            events = [{"timestamp": now + index, "message": f"{stream} fog {index}"} for index in range(3)]
            self.client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        return group

    def test_creates_reads_lists_updates_and_deletes_groups(self):
        logs, prefix = self.client, f"/smoke/{unique('group')}"
        names = [f"{prefix}/{letter}" for letter in "ab"]
        for name in names:
            logs.create_log_group(logGroupName=name, tags={"team": "mist"})
        again = logs.exceptions.ResourceAlreadyExistsException
        self.refused(again, logs.create_log_group, logGroupName=names[0])
        listed = self.pages(logs, "describe_log_groups", "logGroups", logGroupNamePrefix=prefix)
        self.assertEqual([one["logGroupName"] for one in listed], names)
        logs.put_retention_policy(logGroupName=names[0], retentionInDays=7)
        [one] = logs.describe_log_groups(logGroupNamePrefix=names[0])["logGroups"]
        self.assertEqual(one["retentionInDays"], 7)
        self.assertEqual(logs.list_tags_for_resource(resourceArn=one["logGroupArn"])["tags"], {"team": "mist"})
        logs.delete_log_group(logGroupName=names[0])
        self.refused(logs.exceptions.ResourceNotFoundException, logs.describe_log_streams, logGroupName=names[0])

    def test_takes_and_filters_events(self):
        logs, group = self.client, self.filled()
        streams = self.pages(logs, "describe_log_streams", "logStreams", logGroupName=group)
        self.assertEqual([one["logStreamName"] for one in streams], ["a", "b"])
        got = logs.get_log_events(logGroupName=group, logStreamName="a", startFromHead=True)
        self.assertEqual([event["message"] for event in got["events"]], ["a fog 0", "a fog 1", "a fog 2"])
        found = self.pages(logs, "filter_log_events", "events", logGroupName=group, filterPattern='"fog 1"')
        self.assertEqual(sorted(event["message"] for event in found), ["a fog 1", "b fog 1"])

    def test_runs_queries(self):
        logs, group = self.client, self.filled()
        now = int(time.time())
        query = "fields @message | filter @message like /fog 2/ | sort @message asc"
        started = logs.start_query(logGroupName=group, startTime=now - 60, endTime=now + 60, queryString=query)
        deadline = time.monotonic() + 20
        while (answer := logs.get_query_results(queryId=started["queryId"]))["status"] in ("Scheduled", "Running"):
            self.assertLess(time.monotonic(), deadline)
        fields = [{field["field"]: field["value"] for field in row} for row in answer["results"]]
        self.assertEqual([row["@message"] for row in fields], ["a fog 2", "b fog 2"])

    def test_filters_into_metrics(self):
        logs, group = self.client, self.filled()
        transformation = {"metricName": "fog", "metricNamespace": "smoke", "metricValue": "1"}
        logs.put_metric_filter(
            logGroupName=group, filterName="fog", filterPattern="fog", metricTransformations=[transformation]
        )
        filters = self.all(logs, "describe_metric_filters", "metricFilters", logGroupName=group)
        self.assertEqual([one["filterName"] for one in filters], ["fog"])
        logs.delete_metric_filter(logGroupName=group, filterName="fog")
