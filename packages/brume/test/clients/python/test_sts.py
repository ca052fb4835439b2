"""STS: who calls, and the roles that are taken on."""

import json

import boto3

from smoke import Smoke, unique


class STS(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.session = boto3.Session()
        cls.client = cls.session.client("sts")

    def test_says_who_calls(self):
        identity = self.client.get_caller_identity()
        self.assertEqual((identity["Account"], identity["Arn"]), ("000000000000", "arn:aws:iam::000000000000:root"))

    def test_takes_on_roles(self):
        iam, name = self.session.client("iam"), unique("role")
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}]}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        assumed = self.client.assume_role(RoleArn=arn, RoleSessionName="fog")["Credentials"]
        as_role = boto3.Session(
            aws_access_key_id=assumed["AccessKeyId"],
            aws_secret_access_key=assumed["SecretAccessKey"],
            aws_session_token=assumed["SessionToken"],
        )
        own = as_role.client("sts").get_caller_identity()["Arn"]
        self.assertEqual(own, f"arn:aws:sts::000000000000:assumed-role/{name}/fog")
        iam.delete_role(RoleName=name)
        self.refused("AccessDenied", self.client.assume_role, RoleArn=arn, RoleSessionName="fog")
