"""CloudWatch: metrics, alarms and dashboards."""

import datetime
import json

import boto3

from smoke import Smoke, unique

UTC = datetime.timezone.utc


class CloudWatch(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("cloudwatch")
        cls.resource = session.resource("cloudwatch")

    def test_takes_metrics_and_gives_statistics(self):
        client, namespace = self.client, unique("Smoke")
        now = datetime.datetime.now(UTC)
        dimensions = [{"Name": "place", "Value": "hill"}]
        point = dict(Dimensions=dimensions, Timestamp=now, Unit="Count")
        client.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {**point, "MetricName": "fog", "Value": 3.0},
                {**point, "MetricName": "fog", "Values": [1.0, 2.0], "Counts": [2.0, 1.0]},
                {**point, "MetricName": "rain", "Value": 1.0},
            ],
        )
        listed = self.all(client, "list_metrics", "Metrics", Namespace=namespace)
        self.assertEqual(sorted(metric["MetricName"] for metric in listed), ["fog", "rain"])
        window = dict(StartTime=now - datetime.timedelta(hours=1), EndTime=now + datetime.timedelta(hours=1))
        metric = self.resource.Metric(namespace, "fog")
        statistics = metric.get_statistics(
            Dimensions=dimensions, **window, Period=7200, Statistics=["Sum", "SampleCount"], ExtendedStatistics=["p50"]
        )["Datapoints"]
        self.assertEqual(
            (sum(one["Sum"] for one in statistics), sum(one["SampleCount"] for one in statistics)), (7.0, 4.0)
        )
        stat = {
            "Metric": {"Namespace": namespace, "MetricName": "fog", "Dimensions": dimensions},
            "Period": 60,
            "Stat": "Sum",
        }
        queries = [
            {"Id": "m", "MetricStat": stat, "ReturnData": False},
            {"Id": "twice", "Expression": "m * 2"},
        ]
        results = self.all(client, "get_metric_data", "MetricDataResults", MetricDataQueries=queries, **window)
        self.assertEqual([(one["Id"], one["Values"]) for one in results], [("twice", [14.0])])

    def test_creates_reads_lists_updates_and_deletes_alarms(self):
        client, prefix = self.client, unique("alarm")
        names = [f"{prefix}-{letter}" for letter in "ab"]
        alarm = dict(
            Namespace="Smoke",
            MetricName="fog",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
        )
        for name in names:
            client.put_metric_alarm(AlarmName=name, **alarm)
        client.get_waiter("alarm_exists").wait(AlarmNames=names[:1])
        listed = self.pages(client, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)
        self.assertEqual([one["AlarmName"] for one in listed], names)
        client.put_metric_alarm(AlarmName=names[0], **{**alarm, "Threshold": 2.5})
        resource = self.resource.Alarm(names[0])
        self.assertEqual(resource.threshold, 2.5)
        resource.set_state(StateValue="ALARM", StateReason="tried")
        resource.reload()
        self.assertEqual(resource.state_value, "ALARM")
        history = self.all(client, "describe_alarm_history", "AlarmHistoryItems", AlarmName=names[0])
        self.assertIn("StateUpdate", {one["HistoryItemType"] for one in history})
        client.delete_alarms(AlarmNames=names)
        self.assertEqual(client.describe_alarms(AlarmNames=names)["MetricAlarms"], [])
        missing = dict(AlarmName=names[0], StateValue="OK", StateReason="x")
        self.refused(client.exceptions.ResourceNotFound, client.set_alarm_state, **missing)

    def test_keeps_dashboards(self):
        client, name = self.client, unique("dashboard")
        body = json.dumps({"widgets": []})
        client.put_dashboard(DashboardName=name, DashboardBody=body)
        self.assertEqual(client.get_dashboard(DashboardName=name)["DashboardBody"], body)
        listed = self.all(client, "list_dashboards", "DashboardEntries", DashboardNamePrefix=name)
        self.assertEqual([one["DashboardName"] for one in listed], [name])
        client.delete_dashboards(DashboardNames=[name])
        self.refused("ResourceNotFound", client.get_dashboard, DashboardName=name)
