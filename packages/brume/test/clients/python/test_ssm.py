"""SSM: parameters, their versions, hierarchies and tags."""

import boto3

from smoke import Smoke, unique


class SSM(Smoke):
    @classmethod
    def setUpClass(cls):
        cls.client = boto3.Session().client("ssm")

    def test_creates_reads_lists_updates_and_deletes_parameters(self):
        ssm, name = self.client, f"/{unique('app')}/url"
        tags = [{"Key": "team", "Value": "mist"}]
        self.assertEqual(ssm.put_parameter(Name=name, Value="one", Type="String", Tags=tags)["Version"], 1)
        self.refused(ssm.exceptions.ParameterAlreadyExists, ssm.put_parameter, Name=name, Value="x", Type="String")
        self.assertEqual(ssm.put_parameter(Name=name, Value="two", Overwrite=True)["Version"], 2)
        self.assertEqual(ssm.get_parameter(Name=f"{name}:1")["Parameter"]["Value"], "one")
        ssm.label_parameter_version(Name=name, Labels=["live"])
        self.assertEqual(ssm.get_parameter(Name=f"{name}:live")["Parameter"]["Value"], "two")
        got = ssm.get_parameters(Names=[name, "/none"])
        self.assertEqual((got["Parameters"][0]["Version"], got["InvalidParameters"]), (2, ["/none"]))
        history = self.pages(ssm, "get_parameter_history", "Parameters", Name=name)
        self.assertEqual([one["Value"] for one in history], ["one", "two"])
        self.assertEqual(ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"], tags)
        ssm.delete_parameter(Name=name)
        self.refused(ssm.exceptions.ParameterNotFound, ssm.get_parameter, Name=name)

    def test_reads_hierarchies_page_by_page(self):
        root = f"/{unique('tree')}"
        for leaf in ("a", "b/c", "b/d"):
            self.client.put_parameter(Name=f"{root}/{leaf}", Value=leaf, Type="SecureString")
        found = self.pages(
            self.client, "get_parameters_by_path", "Parameters", Path=root, Recursive=True, WithDecryption=True
        )
        self.assertEqual(sorted(one["Value"] for one in found), ["a", "b/c", "b/d"])
        filters = [{"Key": "Path", "Option": "Recursive", "Values": [root]}]
        described = self.pages(self.client, "describe_parameters", "Parameters", ParameterFilters=filters)
        self.assertEqual({one["Type"] for one in described}, {"SecureString"})
        hidden = self.client.get_parameter(Name=f"{root}/a")["Parameter"]["Value"]
        self.assertNotEqual(hidden, "a")
