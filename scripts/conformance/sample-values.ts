/** Values for what a template leaves open, by its name: what whoever deploys it would have at hand. */
import type { Place } from "../../packages/brume/src/assembly/cloud-client.js";

const HEX = "0123456789abcdef0";
const UUID = "1234abcd-12ab-34cd-56ef-1234567890ab";

/** What ends an ARN of a kind, by the words in a name. The first that fits is taken. */
const ARNS: readonly (readonly [RegExp, string])[] = [
  [/kms|key(?!.*group)|cmk/i, `kms:REGION:ACCOUNT:key/${UUID}`],
  [/layer/i, "lambda:REGION:ACCOUNT:layer:sample:1"],
  [/secret|credential/i, "secretsmanager:REGION:ACCOUNT:secret:sample-AbCdEf"],
  [/cert/i, `acm:REGION:ACCOUNT:certificate/${UUID}`],
  [/permission.?boundary|policy/i, "iam::aws:policy/ReadOnlyAccess"],
  [/role|principal/i, "iam::ACCOUNT:role/sample"],
  [/user.?pool|cognito/i, "cognito-idp:REGION:ACCOUNT:userpool/REGION_sample123"],
  [/user/i, "iam::ACCOUNT:user/sample"],
  [/bucket|s3/i, "s3:::sample-ACCOUNT"],
  [/state.?machine|workflow|step.?function/i, "states:REGION:ACCOUNT:stateMachine:sample"],
  [/lambda|function/i, "lambda:REGION:ACCOUNT:function:sample"],
  [/topic|sns|notification/i, "sns:REGION:ACCOUNT:sample"],
  [/queue|sqs|dlq/i, "sqs:REGION:ACCOUNT:sample"],
  [/event.?bus|bus/i, "events:REGION:ACCOUNT:event-bus/default"],
  [/table|dynamo/i, "dynamodb:REGION:ACCOUNT:table/sample"],
  [/firehose|delivery/i, "firehose:REGION:ACCOUNT:deliverystream/sample"],
  [/kinesis|stream/i, "kinesis:REGION:ACCOUNT:stream/sample"],
  [/msk|kafka/i, `kafka:REGION:ACCOUNT:cluster/sample/${UUID}-1`],
  [/mq|broker/i, `mq:REGION:ACCOUNT:broker:sample:b-${UUID}`],
  [/aurora|rds|db/i, "rds:REGION:ACCOUNT:cluster:sample"],
  [/log/i, "logs:REGION:ACCOUNT:log-group:sample"],
  [/cluster|ecs/i, "ecs:REGION:ACCOUNT:cluster/sample"],
  [/listener/i, "elasticloadbalancing:REGION:ACCOUNT:listener/app/sample/0123456789abcdef/0123456789abcdef"],
  [/target/i, "elasticloadbalancing:REGION:ACCOUNT:targetgroup/sample/0123456789abcdef"],
  [/load.?balancer|alb|nlb/i, "elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/sample/0123456789abcdef"],
  [/connection/i, `codestar-connections:REGION:ACCOUNT:connection/${UUID}`],
  [/acl|waf/i, `wafv2:REGION:ACCOUNT:regional/webacl/sample/${UUID}`],
  [/ca|authority/i, `acm-pca:REGION:ACCOUNT:certificate-authority/${UUID}`],
  [/bot|alias/i, "lex:REGION:ACCOUNT:bot-alias/ABCDEFGHIJ/TSTALIASID"],
  [/agent.?alias/i, "bedrock:REGION:ACCOUNT:agent-alias/ABCDEFGHIJ/TSTALIASID"],
  [/model/i, "bedrock:REGION::foundation-model/anthropic.claude-v2"],
  [/./, "sns:REGION:ACCOUNT:sample"],
];

/** Values by the words in a name. The first that fits is taken. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/e-?mail|sender|recipient/i, "someone@example.com"],
  [/phone|sms.?number|mobile/i, "+15555550100"],
  [/cidr|ip.?range|ip.?space/i, "10.0.0.0/16"],
  [/ip.?address|^ip$|dns.?server|dns.?ip/i, "10.0.0.10"],
  [/hosted.?zone.?id|zone.?id/i, "Z0123456789ABCDEFGHIJ"],
  [/hosted.?zone(.?name)?|domain.?dns|sub.?domain|domain(.?name)?$|^host.?name|fqdn/i, "example.com"],
  [/availability.?zone|^az/i, "REGIONa"],
  [/region/i, "REGION"],
  [/account/i, "ACCOUNT"],
  [/org(anization)?(al)?.?id/i, "o-abcdefghij"],
  [/organizational.?unit|^ou/i, "ou-abcd-12345678"],
  [/directory.?id/i, "d-0123456789"],
  [/vpc.?endpoint.?id|vpce/i, `vpce-${HEX}`],
  [/vpc.?peering/i, `pcx-${HEX}`],
  [/vpc.?link/i, "abcdef"],
  [/vpc/i, `vpc-${HEX}`],
  [/subnet.?group/i, "sample-group"],
  [/subnet/i, `subnet-${HEX}`],
  [/security.?group|^sg/i, `sg-${HEX}`],
  [/route.?table/i, `rtb-${HEX}`],
  [/ami|image.?id/i, `ami-${HEX}`],
  [/instance.?type/i, "t3.micro"],
  [/instance.?id/i, `i-${HEX}`],
  [/prefix.?list/i, `pl-${HEX}`],
  [/file.?system|^efs/i, `fs-${HEX}`],
  [/access.?point/i, `fsap-${HEX}`],
  [/volume.?id/i, `fsvol-${HEX}`],
  [
    /(image|ecr|docker).?(uri|url)|container.?image|docker.?image/i,
    "ACCOUNT.dkr.ecr.REGION.amazonaws.com/sample:latest",
  ],
  [/(url|uri|endpoint|webhook)$/i, "https://example.com/sample"],
  [/kms.?key|cmk/i, UUID],
  [/user.?pool.?id/i, "REGION_sample123"],
  [/bucket/i, "sample-ACCOUNT-NAME"],
  [/password|passphrase/i, "Sample-1234-Password"],
  [/public.?key/i, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 sample"],
  [/port$/i, "443"],
  [/(count|size|number|capacity|threshold|seconds|minutes|days|timeout|limit|memory)$/i, "1"],
  [/schedule|cron|rate/i, "rate(1 day)"],
  [/(date|time)$/i, "2026-12-01T00:00:00Z"],
  [/enabled?$|^(is|has|use|enable|create)[A-Z]/, "true"],
  [/stage|env/i, "dev"],
  [/version/i, "1"],
];

/** A value for a name: an ARN where it says so, something of the kind that its words mean otherwise. */
export function sampleValue(name: string, place: Place, fallback = "sample1234"): string {
  const isArn = /arns?$/i.test(name) || /^arn/i.test(name);
  const table = isArn ? ARNS : VALUES;
  const found = table.find(([words]) => words.test(name))?.[1] ?? fallback;
  const own = name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .slice(0, 30);
  return filled(isArn ? `arn:aws:${found}` : found, place).replaceAll("NAME", own);
}

/** Every value there is, for who looks for one that fits a pattern. */
export function allSampleValues(place: Place): string[] {
  return [...VALUES.map(([, value]) => value), ...ARNS.map(([, end]) => `arn:aws:${end}`)].map((value) =>
    filled(value, place),
  );
}

function filled(value: string, { account, region }: Place): string {
  return value.replaceAll("REGION", region).replaceAll("ACCOUNT", account);
}
