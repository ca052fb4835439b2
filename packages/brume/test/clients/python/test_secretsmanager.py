"""Secrets Manager: secrets, their versions, deletion and its recovery."""

import json

import boto3

from smoke import Smoke, unique


class SecretsManager(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("secretsmanager")

    def test_creates_reads_lists_updates_and_deletes_secrets(self):
        client, name = self.client, unique("secret")
        arn = client.create_secret(Name=name, SecretString=json.dumps({"a": 1}))["ARN"]
        self.refused(client.exceptions.ResourceExistsException, client.create_secret, Name=name, SecretString="x")
        client.put_secret_value(SecretId=name, SecretBinary=b"\x00\xff")
        got = client.get_secret_value(SecretId=arn)
        self.assertEqual((got["SecretBinary"], got["VersionStages"]), (b"\x00\xff", ["AWSCURRENT"]))
        previous = client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
        self.assertEqual(json.loads(previous["SecretString"]), {"a": 1})
        client.update_secret(SecretId=name, Description="Fog")
        self.assertEqual(client.describe_secret(SecretId=name)["Description"], "Fog")
        client.create_secret(Name=unique("secret"), SecretString="x")
        self.assertIn(name, [one["Name"] for one in self.pages(client, "list_secrets", "SecretList")])
        client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
        self.refused(client.exceptions.InvalidRequestException, client.get_secret_value, SecretId=name)
        client.restore_secret(SecretId=name)
        client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        self.refused(client.exceptions.ResourceNotFoundException, client.get_secret_value, SecretId=name)

    def test_makes_passwords(self):
        password = self.client.get_random_password(PasswordLength=24, ExcludePunctuation=True)["RandomPassword"]
        self.assertRegex(password, r"^[A-Za-z0-9]{24}$")
