"""API Gateway's HTTP and WebSocket APIs."""

import json

import boto3

from smoke import Smoke, fetch, unique, zipped


class APIGatewayV2(Smoke):
    @classmethod
    def setUpClass(cls):
        session = boto3.Session()
        cls.client = session.client("apigatewayv2")
        cls.functions = session.client("lambda")

    def test_creates_reads_lists_updates_and_deletes_apis(self):
        client = self.client
        ids = [client.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"] for _ in range(2)]
        client.update_api(ApiId=ids[0], Description="Fog", CorsConfiguration={"AllowOrigins": ["*"]})
        got = client.get_api(ApiId=ids[0])
        self.assertEqual((got["Description"], got["CorsConfiguration"]), ("Fog", {"AllowOrigins": ["*"]}))
        listed = [api["ApiId"] for api in self.pages(client, "get_apis", "Items")]
        self.assertTrue(set(ids) <= set(listed))
        client.tag_resource(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{ids[0]}", Tags={"a": "b"})
        self.assertEqual(client.get_api(ApiId=ids[0])["Tags"], {"a": "b"})
        client.delete_api(ApiId=ids[0])
        self.refused(client.exceptions.NotFoundException, client.get_api, ApiId=ids[0])
        self.refused(client.exceptions.BadRequestException, client.create_api, Name="x", ProtocolType="FTP")

    def test_routes_to_a_function(self):
        client, name = self.client, unique("function")
        source = "exports.handler = async ({ routeKey, pathParameters }) => ({ routeKey, pathParameters });"
        arn = self.functions.create_function(
            FunctionName=name,
            Role="arn:aws:iam::000000000000:role/service/worker",
            Runtime="nodejs22.x",
            Handler="index.handler",
            Code={"ZipFile": zipped("index.js", source)},
        )["FunctionArn"]
        api = client.create_api(Name=unique("api"), ProtocolType="HTTP")
        place = {"ApiId": api["ApiId"]}
        self.functions.add_permission(
            FunctionName=name,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api['ApiId']}/*",
        )
        integration = client.create_integration(
            **place, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        route = client.create_route(**place, RouteKey="GET /fog/{id}", Target=f"integrations/{integration}")["RouteId"]
        client.create_route(**place, RouteKey="GET /", Target=f"integrations/{integration}")
        client.create_stage(**place, StageName="$default", AutoDeploy=True)
        status, body = fetch(f"{api['ApiEndpoint']}/fog/7")
        self.assertEqual(
            (status, json.loads(body)), (200, {"routeKey": "GET /fog/{id}", "pathParameters": {"id": "7"}})
        )
        self.assertIn(route, [one["RouteId"] for one in self.pages(client, "get_routes", "Items", **place)])
        self.assertEqual(len(self.all(client, "get_integrations", "Items", **place)), 1)
        client.delete_route(**place, RouteId=route)
        self.assertEqual(fetch(f"{api['ApiEndpoint']}/fog/7")[0], 404)
