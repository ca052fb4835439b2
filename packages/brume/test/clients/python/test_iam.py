"""IAM: users, roles and policies, with the client and the resource."""

import json

import boto3

from smoke import Smoke, unique

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


class IAM(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("iam")
        cls.resource = session.resource("iam")

    def test_creates_reads_lists_updates_and_deletes_roles(self):
        iam, path = self.client, f"/{unique('path')}/"
        names = [unique("role"), unique("role")]
        for name in names:
            iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)
            iam.get_waiter("role_exists").wait(RoleName=name)
        # boto3 decodes policy documents.
        self.assertEqual(iam.get_role(RoleName=names[0])["Role"]["AssumeRolePolicyDocument"], json.loads(TRUST))
        listed = self.pages(iam, "list_roles", "Roles", PathPrefix=path)
        self.assertEqual([role["RoleName"] for role in listed], sorted(names))
        iam.put_role_policy(RoleName=names[0], PolicyName="read", PolicyDocument=json.dumps(READ))
        self.assertEqual(iam.get_role_policy(RoleName=names[0], PolicyName="read")["PolicyDocument"], READ)
        iam.update_role(RoleName=names[0], MaxSessionDuration=7200)
        self.assertEqual(iam.get_role(RoleName=names[0])["Role"]["MaxSessionDuration"], 7200)
        self.refused(iam.exceptions.DeleteConflictException, iam.delete_role, RoleName=names[0])
        iam.delete_role_policy(RoleName=names[0], PolicyName="read")
        for name in names:
            iam.delete_role(RoleName=name)
        self.refused(iam.exceptions.NoSuchEntityException, iam.get_role, RoleName=names[0])

    def test_creates_policies_and_attaches_them(self):
        iam = self.client
        role = unique("role")
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
        arn = iam.create_policy(PolicyName=unique("policy"), PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
        iam.get_waiter("policy_exists").wait(PolicyArn=arn)
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(READ), SetAsDefault=True)
        self.assertEqual(version["PolicyVersion"]["VersionId"], "v2")
        self.assertEqual(iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"], READ)
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
        attached = self.all(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=role)
        self.assertEqual([policy["PolicyArn"] for policy in attached], [arn])
        self.assertIn(arn, [policy["Arn"] for policy in self.all(iam, "list_policies", "Policies", Scope="Local")])

    def test_has_resources(self):
        user = self.resource.create_user(UserName=unique("user"))
        self.client.get_waiter("user_exists").wait(UserName=user.name)
        key = user.create_access_key_pair()
        self.assertEqual([one.id for one in user.access_keys.all()], [key.id])
        own = boto3.Session(aws_access_key_id=key.id, aws_secret_access_key=key.secret)
        self.assertEqual(own.client("sts").get_caller_identity()["Arn"], user.arn)
        user.create_policy(PolicyName="read", PolicyDocument=json.dumps(READ))
        self.assertEqual([one.policy_document for one in user.policies.all()], [READ])
        key.delete()
        user.Policy("read").delete()
        user.delete()
        self.refused(self.client.exceptions.NoSuchEntityException, user.load)
