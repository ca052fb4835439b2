/** The AWS CLI against every service: what each is used for most, and one of its errors. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningCloud, startCloud } from "../../src/index.js";
import { zip } from "../../src/services/lambda/testing.js";
import { AwsCli, awsCliVersion } from "./aws-cli.js";

const TIMEOUT_MS = 240_000;
const ROLE = "arn:aws:iam::000000000000:role/service/worker";
let cloud: RunningCloud;
let aws: AwsCli;
beforeAll(async () => {
  cloud = await startCloud();
  aws = new AwsCli(cloud);
});
afterAll(async () => {
  aws[Symbol.dispose]();
  await cloud.close();
});

const HANDLER = "exports.handler = async (event) => { console.log('saw', event.colour); return event; };";
/** Creates a function that says what it saw, and waits until it can be invoked. */
async function newFunction(): Promise<string> {
  const name = aws.unique("cli-function");
  const archive = aws.file(`${name}.zip`, await zip({ "index.js": HANDLER }));
  const code = ["--runtime", "nodejs22.x", "--handler", "index.handler", "--zip-file", `fileb://${archive}`];
  await aws.text("lambda", "create-function", "--function-name", name, "--role", ROLE, ...code);
  await aws.text("lambda", "wait", "function-active-v2", "--function-name", name);
  return name;
}

describe.skipIf(!awsCliVersion).concurrent("aws", { timeout: TIMEOUT_MS }, () => {
  it("dynamodb and dynamodbstreams", async () => {
    const table = ["--table-name", aws.unique("cli-table")];
    await aws.text(
      ...["dynamodb", "create-table", ...table, "--billing-mode", "PAY_PER_REQUEST"],
      ...["--attribute-definitions", "AttributeName=pk,AttributeType=S", "AttributeName=sk,AttributeType=N"],
      ...["--key-schema", "AttributeName=pk,KeyType=HASH", "AttributeName=sk,KeyType=RANGE"],
      ...["--stream-specification", "StreamEnabled=true,StreamViewType=NEW_IMAGE"],
    );
    await aws.text("dynamodb", "wait", "table-exists", ...table);
    const item = (sk: number) => JSON.stringify({ pk: { S: "p" }, sk: { N: String(sk) }, ü: { BOOL: true } });
    const putItem = ["dynamodb", "put-item", ...table, "--item"];
    await Promise.all([1, 2, 3].map((sk) => aws.text(...putItem, item(sk))));
    const query = ["dynamodb", "query", ...table, "--key-condition-expression", "pk = :p AND sk >= :s"];
    const values = ["--expression-attribute-values", '{":p":{"S":"p"},":s":{"N":"2"}}'];
    const [found, pages, streams, failed] = await Promise.all([
      aws.json(...query, ...values, "--query", "Items[].sk.N"),
      aws.json("dynamodb", "scan", ...table, "--page-size", "1", "--query", "Count"),
      aws.json("dynamodbstreams", "list-streams", ...table),
      aws.refusal(...putItem, item(1), "--condition-expression", "attribute_not_exists(pk)"),
    ]);
    expect([found, pages]).toEqual([["2", "3"], 3]);
    expect(streams.Streams).toHaveLength(1);
    expect(failed).toContain("(ConditionalCheckFailedException)");
    await aws.text("dynamodb", "delete-table", ...table);
    expect(await aws.refusal("dynamodb", "describe-table", ...table)).toContain("(ResourceNotFoundException)");
  });

  it("lambda", async () => {
    const name = await newFunction();
    const payload = `fileb://${aws.file("event.json", '{"colour": "grey"}')}`;
    const answer = join(aws.home, "answer.json");
    const invoked = await aws.json("lambda", "invoke", "--function-name", name, "--payload", payload, answer);
    expect([invoked.StatusCode, readFileSync(answer, "utf8")]).toEqual([200, '{"colour":"grey"}']);
    const group = ["--log-group-name", `/aws/lambda/${name}`];
    const [said, again, listed, failed] = await Promise.all([
      aws.json("logs", "filter-log-events", ...group, "--query", "events[].message"),
      aws.json("lambda", "update-function-configuration", "--function-name", name, "--timeout", "9"),
      aws.json("lambda", "list-functions", "--query", "Functions[].FunctionName"),
      aws.refusal("lambda", "invoke", "--function-name", "none", join(aws.home, "none")),
    ]);
    expect(said.join("")).toMatch(/START RequestId[\s\S]*saw grey[\s\S]*REPORT RequestId/);
    expect(again.Timeout).toBe(9);
    expect(listed).toContain(name);
    expect(failed).toContain("(ResourceNotFoundException)");
    await aws.text("lambda", "wait", "function-updated-v2", "--function-name", name);
    await aws.text("lambda", "delete-function", "--function-name", name);
  });

  it("logs", async () => {
    const [group, stream] = [aws.unique("/cli/group"), "stream"];
    const place = ["--log-group-name", group];
    await aws.text("logs", "create-log-group", ...place);
    await aws.text("logs", "create-log-stream", ...place, "--log-stream-name", stream);
    const events = JSON.stringify([{ timestamp: cloud.clock.now(), message: "fog on the hill ☃" }]);
    await aws.text("logs", "put-log-events", ...place, "--log-stream-name", stream, "--log-events", events);
    const [found, failed] = await Promise.all([
      aws.json("logs", "filter-log-events", ...place, "--filter-pattern", "hill", "--query", "events[].message"),
      aws.refusal("logs", "filter-log-events", "--log-group-name", "none"),
    ]);
    expect(found).toEqual(["fog on the hill ☃"]);
    expect(failed).toContain("(ResourceNotFoundException)");
    if (awsCliVersion !== "1") {
      const tail = await aws.text("logs", "tail", group, "--since", "1h", "--format", "short");
      expect(tail).toContain("fog on the hill ☃");
    }
    await aws.text("logs", "delete-log-group", ...place);
  });

  it("sqs and sns", async () => {
    const queue = aws.unique("cli-queue");
    const { QueueUrl } = await aws.json("sqs", "create-queue", "--queue-name", queue, "--tags", "team=mist");
    const url = ["--queue-url", QueueUrl];
    const { TopicArn } = await aws.json("sns", "create-topic", "--name", aws.unique("cli-topic"));
    const endpoint = `arn:aws:sqs:us-east-1:000000000000:${queue}`;
    const statement = { Effect: "Allow", Principal: "*", Action: "sqs:SendMessage", Resource: endpoint };
    const attributes = { Policy: JSON.stringify({ Statement: [statement] }) };
    await aws.text("sqs", "set-queue-attributes", ...url, "--attributes", JSON.stringify(attributes));
    const raw = ["--attributes", "RawMessageDelivery=true"];
    const target = ["--protocol", "sqs", "--notification-endpoint", endpoint];
    await aws.text("sns", "subscribe", "--topic-arn", TopicArn, ...target, ...raw);
    await Promise.all([
      aws.text("sns", "publish", "--topic-arn", TopicArn, "--message", "by sns ü"),
      aws.text("sqs", "send-message", ...url, "--message-body", "by sqs ü"),
    ]);
    await cloud.idle();
    const receive = ["sqs", "receive-message", ...url, "--wait-time-seconds", "5", "--max-number-of-messages", "10"];
    const { Messages } = await aws.json(...receive, "--attribute-names", "All");
    expect(Messages.map(({ Body }: { Body: string }) => Body).sort()).toEqual(["by sns ü", "by sqs ü"]);
    await aws.text("sqs", "delete-message", ...url, "--receipt-handle", Messages[0].ReceiptHandle);
    const [deleted, missing, wrong] = await Promise.all([
      aws.text("sqs", "delete-queue", ...url),
      aws.refusal("sqs", "get-queue-url", "--queue-name", "none"),
      aws.refusal("sns", "publish", "--topic-arn", `${TopicArn}-none`, "--message", "x"),
    ]);
    expect(deleted).toBe("");
    expect(missing).toContain("(AWS.SimpleQueueService.NonExistentQueue)");
    expect(wrong).toContain("(NotFound)");
  });

  it("ssm and secretsmanager", async () => {
    const [path, secret] = [aws.unique("/cli/app"), aws.unique("cli-secret")];
    const put = (name: string, type: string) =>
      aws.text("ssm", "put-parameter", "--name", `${path}/${name}`, "--type", type, "--value", `value of ${name}`);
    await Promise.all([
      put("a", "String"),
      put("b/c", "SecureString"),
      aws.text("secretsmanager", "create-secret", "--name", secret, "--secret-string", '{"password":"fog"}'),
    ]);
    const byPath = ["ssm", "get-parameters-by-path", "--path", path, "--recursive", "--with-decryption"];
    const [found, value, missing, exists, none] = await Promise.all([
      aws.text(...byPath, "--query", "Parameters[].[Name,Value]", "--output", "text"),
      aws.text(
        "secretsmanager",
        "get-secret-value",
        "--secret-id",
        secret,
        "--query",
        "SecretString",
        "--output",
        "text",
      ),
      aws.refusal("ssm", "get-parameter", "--name", "none"),
      aws.refusal("secretsmanager", "create-secret", "--name", secret, "--secret-string", "x"),
      aws.refusal("secretsmanager", "get-secret-value", "--secret-id", "none"),
    ]);
    expect(found).toBe(`${path}/a\tvalue of a\n${path}/b/c\tvalue of b/c\n`);
    expect(value).toBe('{"password":"fog"}\n');
    expect(missing).toContain("(ParameterNotFound)");
    expect(exists).toContain("(ResourceExistsException)");
    expect(none).toContain("(ResourceNotFoundException)");
    await aws.text("secretsmanager", "delete-secret", "--secret-id", secret, "--force-delete-without-recovery");
  });

  it("sts, iam and kms", async () => {
    const role = ["--role-name", aws.unique("cli-role")];
    const trust = `file://${aws.file(
      "trust.json",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}',
    )}`;
    const [identity, created, key] = await Promise.all([
      aws.json("sts", "get-caller-identity"),
      aws.json("iam", "create-role", ...role, "--assume-role-policy-document", trust),
      aws.json("kms", "create-key", "--description", "Fog"),
    ]);
    expect(identity).toMatchObject({ Account: "000000000000", Arn: "arn:aws:iam::000000000000:root" });
    expect(created.Role.AssumeRolePolicyDocument.Statement).toHaveLength(1);
    const { Arn } = created.Role;
    const { KeyId } = key.KeyMetadata;
    const plain = `fileb://${aws.file("plain", "fog")}`;
    const [assumed, encrypted, roles, conflict, missing] = await Promise.all([
      aws.json("sts", "assume-role", "--role-arn", Arn, "--role-session-name", "session"),
      aws.json("kms", "encrypt", "--key-id", KeyId, "--plaintext", plain),
      aws.json("iam", "list-roles", "--query", "Roles[].Arn"),
      aws.refusal("iam", "create-role", ...role, "--assume-role-policy-document", trust),
      aws.refusal("kms", "describe-key", "--key-id", "00000000-0000-0000-0000-000000000000"),
    ]);
    expect(assumed.AssumedRoleUser.Arn).toMatch(/:assumed-role\/cli-role-\d+\/session$/);
    expect(roles).toContain(Arn);
    expect(conflict).toContain("(EntityAlreadyExists)");
    expect(missing).toContain("(NotFoundException)");
    const blob = `fileb://${aws.file("cipher", Buffer.from(encrypted.CiphertextBlob, "base64"))}`;
    const { Plaintext } = await aws.json("kms", "decrypt", "--ciphertext-blob", blob);
    expect(Buffer.from(Plaintext, "base64").toString()).toBe("fog");
    await aws.text("iam", "delete-role", ...role);
  });

  it("ecr get-login-password", async () => {
    const name = ["--repository-name", aws.unique("cli-repository")];
    const { repository } = await aws.json("ecr", "create-repository", ...name);
    expect(repository.repositoryName).toBe(name[1]);
    const [password, exists] = await Promise.all([
      aws.text("ecr", "get-login-password"),
      aws.refusal("ecr", "create-repository", ...name),
    ]);
    const authorization = `Basic ${Buffer.from(`AWS:${password.trim()}`).toString("base64")}`;
    expect((await fetch(`${cloud.endpoint}/v2/`, { headers: { authorization } })).status).toBe(200);
    expect(exists).toContain("(RepositoryAlreadyExistsException)");
    await aws.text("ecr", "delete-repository", ...name);
  });

  it("cloudwatch", async () => {
    const [space, alarm] = [["--namespace", aws.unique("Cli")], aws.unique("cli-alarm")];
    const metric = [...space, "--metric-name", "fog"];
    await Promise.all([
      aws.text("cloudwatch", "put-metric-data", ...metric, "--value", "3", "--dimensions", "Place=hill"),
      aws.text(
        ...["cloudwatch", "put-metric-alarm", "--alarm-name", alarm, ...metric, "--statistic", "Sum", "--period", "60"],
        ...["--evaluation-periods", "1", "--threshold", "1", "--comparison-operator", "GreaterThanThreshold"],
      ),
    ]);
    const at = (ms: number) => new Date(cloud.clock.now() + ms).toISOString();
    const window = ["--start-time", at(-3_600_000), "--end-time", at(3_600_000), "--period", "7200"];
    const [statistics, alarms, missing] = await Promise.all([
      aws.json(
        ...["cloudwatch", "get-metric-statistics", ...metric, ...window],
        ...["--dimensions", "Name=Place,Value=hill", "--statistics", "Sum", "--query", "Datapoints[].Sum"],
      ),
      aws.json("cloudwatch", "describe-alarms", "--alarm-names", alarm, "--query", "MetricAlarms[].AlarmName"),
      aws.refusal("cloudwatch", "get-dashboard", "--dashboard-name", "none"),
    ]);
    expect([statistics, alarms]).toEqual([[3], [alarm]]);
    expect(missing).toContain("(ResourceNotFound)");
  });

  it("apigateway and apigatewayv2", async () => {
    const [rest, http] = await Promise.all([
      aws.json("apigateway", "create-rest-api", "--name", aws.unique("cli-api")),
      aws.json("apigatewayv2", "create-api", "--name", aws.unique("cli-api"), "--protocol-type", "HTTP"),
    ]);
    const id = ["--rest-api-id", rest.id];
    const { items } = await aws.json("apigateway", "get-resources", ...id);
    const child = ["--parent-id", items[0].id, "--path-part", "fog"];
    const [resource, renamed, described, missing, bad] = await Promise.all([
      aws.json("apigateway", "create-resource", ...id, ...child),
      aws.json("apigateway", "update-rest-api", ...id, "--patch-operations", "op=replace,path=/name,value=renamed"),
      aws.json("apigatewayv2", "update-api", "--api-id", http.ApiId, "--description", "Fog"),
      aws.refusal("apigateway", "get-rest-api", "--rest-api-id", "none"),
      aws.refusal("apigatewayv2", "get-api", "--api-id", "none"),
    ]);
    expect([resource.path, renamed.name, described.Description]).toEqual(["/fog", "renamed", "Fog"]);
    expect([missing, bad]).toEqual([
      expect.stringContaining("(NotFoundException)"),
      expect.stringContaining("(NotFoundException)"),
    ]);
    await Promise.all([
      aws.text("apigateway", "delete-rest-api", ...id),
      aws.text("apigatewayv2", "delete-api", "--api-id", http.ApiId),
    ]);
  });

  it("cloudformation package, deploy and wait", async () => {
    const [stack, bucket] = [aws.unique("cli-stack"), aws.unique("cli-artifacts")];
    aws.file(`${stack}/src/index.js`, "exports.handler = async () => process.env.COLOUR;");
    const template = aws.file(
      `${stack}/template.json`,
      JSON.stringify({
        Transform: "AWS::Serverless-2016-10-31",
        Parameters: { Colour: { Type: "String" } },
        Resources: {
          Queue: { Type: "AWS::SQS::Queue" },
          Function: {
            Type: "AWS::Serverless::Function",
            Properties: {
              Runtime: "nodejs22.x",
              Handler: "index.handler",
              CodeUri: "src",
              Environment: { Variables: { COLOUR: { Ref: "Colour" } } },
            },
          },
        },
        Outputs: { Name: { Value: { Ref: "Function" } } },
      }),
    );
    await aws.text("s3", "mb", `s3://${bucket}`);
    const packaged = join(aws.home, `${stack}.packaged.json`);
    const cloudformation = (...parameters: string[]) => aws.text("cloudformation", ...parameters);
    await cloudformation(
      ...["package", "--template-file", template, "--s3-bucket", bucket],
      ...["--output-template-file", packaged, "--use-json"],
    );
    expect(readFileSync(packaged, "utf8")).toContain(`s3://${bucket}/`);
    const deploy = async (colour: string) => {
      // The CLI names change sets by the second.
      await new Promise((resolve) => setTimeout(resolve, 1000 - (Date.now() % 1000)));
      return cloudformation(
        ...["deploy", "--stack-name", stack, "--template-file", packaged, "--parameter-overrides", `Colour=${colour}`],
        ...["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--tags", "team=mist"],
        "--no-fail-on-empty-changeset",
      );
    };
    expect(await deploy("grey")).toContain(`Successfully created/updated stack - ${stack}`);
    expect(await deploy("grey")).toContain("No changes to deploy");
    await deploy("white");
    const named = ["--stack-name", stack];
    const outputs = await aws.json("cloudformation", "describe-stacks", ...named, "--query", "Stacks[0].Outputs");
    const answer = join(aws.home, "deployed.json");
    await aws.text("lambda", "invoke", "--function-name", outputs[0].OutputValue, answer);
    expect(readFileSync(answer, "utf8")).toBe('"white"');
    await cloudformation("wait", "stack-update-complete", ...named);
    await cloudformation("delete-stack", ...named);
    await cloudformation("wait", "stack-delete-complete", ...named);
    expect(await aws.refusal("cloudformation", "describe-stacks", ...named)).toContain("(ValidationError)");
  });

  it("cloudformation deploy of what cannot be created", async () => {
    const stack = aws.unique("cli-stack");
    const queue = { Type: "AWS::SQS::Queue", Properties: { QueueName: "not a name" } };
    const template = aws.file(`${stack}.json`, JSON.stringify({ Resources: { Queue: queue } }));
    const failed = await aws.refusal("cloudformation", "deploy", "--stack-name", stack, "--template-file", template);
    expect(failed).toContain("Failed to create/update the stack.");
    const events = await aws.json("cloudformation", "describe-stack-events", "--stack-name", stack);
    expect(events.StackEvents[0].ResourceStatus).toBe("ROLLBACK_COMPLETE");
  });

  it("cloudcontrol", async () => {
    const type = ["--type-name", "AWS::SQS::Queue"];
    const desired = JSON.stringify({ QueueName: aws.unique("cli-controlled"), DelaySeconds: 1 });
    const done = async (...parameters: string[]): Promise<string> => {
      const { ProgressEvent } = await aws.json("cloudcontrol", ...parameters, ...type);
      const token = ["--request-token", ProgressEvent.RequestToken];
      await aws.text("cloudcontrol", "wait", "resource-request-success", ...token);
      return (await aws.json("cloudcontrol", "get-resource-request-status", ...token)).ProgressEvent.Identifier;
    };
    const id = ["--identifier", await done("create-resource", "--desired-state", desired)];
    const patch = '[{"op":"replace","path":"/DelaySeconds","value":7}]';
    await done("update-resource", ...id, "--patch-document", patch);
    const { ResourceDescription } = await aws.json("cloudcontrol", "get-resource", ...type, ...id);
    expect(JSON.parse(ResourceDescription.Properties)).toMatchObject({ DelaySeconds: 7 });
    const listed = await aws.json("cloudcontrol", "list-resources", ...type);
    expect(JSON.stringify(listed)).toContain(id[1]);
    await done("delete-resource", ...id);
    expect(await aws.refusal("cloudcontrol", "get-resource", ...type, ...id)).toContain("(ResourceNotFoundException)");
  });
});
