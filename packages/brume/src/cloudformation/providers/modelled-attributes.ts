/** Attributes and identifiers of modelled types whose form templates take apart, and no schema tells. */
import { derived } from "../../kernel/identifiers.js";
import type { Json, Properties, ResourceContext } from "../../kernel/resource.js";

type Maker = (made: Properties, ctx: ResourceContext) => Json;

const HEX_DIGITS = "0123456789abcdef";

/** `length` hexadecimal digits that depend on the resource alone. */
function hexOf(ctx: ResourceContext, length: number): string {
  return [...derived(`${ctx.token}/hex`, length, "lower")].map((one) => HEX_DIGITS[one.charCodeAt(0) % 16]).join("");
}

const nameOf = ({ Name }: Properties, ctx: ResourceContext): string =>
  typeof Name === "string" ? Name : ctx.physicalName({ maxLength: 32 });

const loadBalancing = (ctx: ResourceContext, rest: string): string =>
  `arn:${ctx.partition}:elasticloadbalancing:${ctx.region}:${ctx.account}:${rest}`;

/** `app/my-load-balancer/50dc6c495c0c9188` */
function loadBalancerName(made: Properties, ctx: ResourceContext): string {
  const kind = { network: "net", gateway: "gwy" }[String(made.Type)] ?? "app";
  return `${kind}/${nameOf(made, ctx)}/${hexOf(ctx, 16)}`;
}

const targetGroupName = (made: Properties, ctx: ResourceContext): string =>
  `targetgroup/${nameOf(made, ctx)}/${hexOf(ctx, 16)}`;

/** What follows `loadbalancer/` (or `listener/`) in the ARN of what a listener or rule belongs to. */
function parentName(arn: Json | undefined): string {
  return typeof arn === "string" ? (/:(?:loadbalancer|listener)\/(.+)$/.exec(arn)?.[1] ?? "") : "";
}

/** `arn:…:cluster/name/2b3a…-5` */
const kafkaCluster: Maker = ({ ClusterName }, ctx) => {
  const [a, b] = [hexOf(ctx, 12), hexOf(ctx, 20)];
  const id = `${a.slice(0, 8)}-${a.slice(8)}-${b.slice(0, 4)}-${b.slice(4, 8)}-${b.slice(8)}-1`;
  return `arn:${ctx.partition}:kafka:${ctx.region}:${ctx.account}:cluster/${ClusterName}/${id}`;
};

const s3FileSystemId: Maker = (_, ctx) => `fs-${hexOf(ctx, 17)}`;
const s3FileSystem = (id: Json | undefined, ctx: ResourceContext): string =>
  `arn:${ctx.partition}:s3files:${ctx.region}:${ctx.account}:file-system/${id}`;
const accessPointId: Maker = (_, ctx) => `fsap-${hexOf(ctx, 17)}`;

/** By type and attribute, the formats of "Return values" on each type's page. */
export const MODELLED_ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, Maker>>>> = {
  "AWS::EC2::SecurityGroup": { GroupId: ({ Id }) => Id ?? null },
  "AWS::EC2::VPCEndpoint": {
    DnsEntries: ({ Id, ServiceName }, ctx) => {
      const service = String(ServiceName).split(".").slice(3).join(".") || String(ServiceName);
      const host = `${Id}-${hexOf(ctx, 8)}`;
      const entry = (zone: string) => `Z7HUB22UULQXV:${host}${zone}.${service}.${ctx.region}.vpce.${ctx.urlSuffix}`;
      return ["", `-${ctx.region}a`, `-${ctx.region}b`].map(entry);
    },
  },
  "AWS::EFS::AccessPoint": {
    AccessPointId: accessPointId,
    Arn: (made, ctx) =>
      `arn:${ctx.partition}:elasticfilesystem:${ctx.region}:${ctx.account}:access-point/${accessPointId(made, ctx)}`,
  },
  "AWS::ElasticLoadBalancingV2::Listener": {
    ListenerArn: ({ LoadBalancerArn }, ctx) =>
      loadBalancing(ctx, `listener/${parentName(LoadBalancerArn)}/${hexOf(ctx, 16)}`),
  },
  "AWS::ElasticLoadBalancingV2::ListenerRule": {
    RuleArn: ({ ListenerArn }, ctx) => loadBalancing(ctx, `listener-rule/${parentName(ListenerArn)}/${hexOf(ctx, 16)}`),
  },
  "AWS::ElasticLoadBalancingV2::LoadBalancer": {
    LoadBalancerArn: (made, ctx) => loadBalancing(ctx, `loadbalancer/${loadBalancerName(made, ctx)}`),
    LoadBalancerFullName: loadBalancerName,
    LoadBalancerName: nameOf,
  },
  "AWS::ElasticLoadBalancingV2::TargetGroup": {
    TargetGroupArn: (made, ctx) => loadBalancing(ctx, targetGroupName(made, ctx)),
    TargetGroupFullName: targetGroupName,
    TargetGroupName: nameOf,
  },
  "AWS::MSK::Cluster": { Arn: kafkaCluster },
  "AWS::MSK::ServerlessCluster": { Arn: kafkaCluster },
  "AWS::S3Files::AccessPoint": {
    AccessPointId: accessPointId,
    AccessPointArn: (made, ctx) => `${s3FileSystem(made.FileSystemId, ctx)}/access-point/${accessPointId(made, ctx)}`,
  },
  "AWS::S3Files::FileSystem": {
    FileSystemId: s3FileSystemId,
    FileSystemArn: (made, ctx) => s3FileSystem(s3FileSystemId(made, ctx), ctx),
  },
};
