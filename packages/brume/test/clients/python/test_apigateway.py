"""API Gateway's REST APIs: built call by call, deployed, and called."""

import json

import boto3

from smoke import Smoke, fetch, unique


class APIGateway(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("apigateway")
        cls.endpoint = cls.client.meta.endpoint_url

    def test_builds_deploys_and_calls_an_api(self):
        client = self.client
        api = client.create_rest_api(name=unique("api"), tags={"team": "mist"})["id"]
        [root] = client.get_resources(restApiId=api)["items"]
        child = client.create_resource(restApiId=api, parentId=root["id"], pathPart="fog")["id"]
        method = dict(restApiId=api, resourceId=child, httpMethod="GET")
        client.put_method(**method, authorizationType="NONE")
        client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
        client.put_method_response(**method, statusCode="200")
        template = {"application/json": '{"path": "$context.resourcePath"}'}
        client.put_integration_response(**method, statusCode="200", responseTemplates=template)
        deployment = client.create_deployment(restApiId=api, stageName="live")["id"]
        status, body = fetch(f"{self.endpoint}/_aws/execute-api/{api}/live/fog")
        self.assertEqual((status, json.loads(body)), (200, {"path": "/fog"}))
        client.update_stage(
            restApiId=api,
            stageName="live",
            patchOperations=[{"op": "replace", "path": "/variables/colour", "value": "grey"}],
        )
        stage = client.get_stage(restApiId=api, stageName="live")
        self.assertEqual((stage["variables"], stage["deploymentId"]), ({"colour": "grey"}, deployment))
        paths = [resource["path"] for resource in self.pages(client, "get_resources", "items", restApiId=api)]
        self.assertEqual(sorted(paths), ["/", "/fog"])
        tested = client.test_invoke_method(**method)
        self.assertEqual((tested["status"], json.loads(tested["body"])), (200, {"path": "/fog"}))
        exported = client.get_export(restApiId=api, stageName="live", exportType="oas30")
        self.assertIn("/fog", json.load(exported["body"])["paths"])

    def test_creates_reads_lists_updates_and_deletes_apis(self):
        client = self.client
        ids = [client.create_rest_api(name=unique("api"))["id"] for _ in range(2)]
        rename = [{"op": "replace", "path": "/name", "value": "renamed"}]
        client.update_rest_api(restApiId=ids[0], patchOperations=rename)
        self.assertEqual(client.get_rest_api(restApiId=ids[0])["name"], "renamed")
        listed = [api["id"] for api in self.pages(client, "get_rest_apis", "items")]
        self.assertTrue(set(ids) <= set(listed))
        client.delete_rest_api(restApiId=ids[0])
        self.refused(client.exceptions.NotFoundException, client.get_rest_api, restApiId=ids[0])
        wrong = [{"op": "replace", "path": "/nothing", "value": "x"}]
        bad = client.exceptions.BadRequestException
        self.refused(bad, client.update_rest_api, restApiId=ids[1], patchOperations=wrong)

    def test_imports_definitions(self):
        definition = {
            "openapi": "3.0.1",
            "info": {"title": unique("imported"), "version": "1"},
            "paths": {"/mist": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}},
        }
        api = self.client.import_rest_api(body=json.dumps(definition))["id"]
        paths = [resource["path"] for resource in self.all(self.client, "get_resources", "items", restApiId=api)]
        self.assertIn("/mist", paths)

    def test_has_keys_and_usage_plans(self):
        client = self.client
        key = client.create_api_key(name=unique("key"), enabled=True, value="v" * 30)["id"]
        plan = client.create_usage_plan(name=unique("plan"))["id"]
        client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
        keys = self.all(client, "get_usage_plan_keys", "items", usagePlanId=plan)
        self.assertEqual([one["id"] for one in keys], [key])
        client.delete_usage_plan_key(usagePlanId=plan, keyId=key)
        client.delete_usage_plan(usagePlanId=plan)
        client.delete_api_key(apiKey=key)
        self.refused(client.exceptions.NotFoundException, client.get_api_key, apiKey=key)
