/** `AWS::Serverless::CapacityProvider`: instances that functions run on, and the role that operates them. */
import type { JsonObject } from "../../template/template.js";
import { invalidResource } from "./errors.js";
import { type Expansion, type Made, make, makeInPlace, type Source } from "./expansion.js";
import { getAtt } from "./intrinsics.js";
import { managedPolicyArn } from "./managed-policies.js";
import { compact, mapOf, says, tagList } from "./plain.js";
import { trustPolicy } from "./policy-documents.js";

const CREATED_BY = { "lambda:createdBy": "SAM" };

/** Expands a capacity provider. @throws Mistake */
export function expandCapacityProvider(source: Source, { scope }: Expansion): Made[] {
  const { id, properties, shared } = source;
  const { SubnetIds, SecurityGroupIds } = mapOf(properties.VpcConfig);
  if (SubnetIds === undefined) throw invalidResource(id, "Property 'VpcConfig.SubnetIds' is required.");
  const instances = mapOf(properties.InstanceRequirements);
  if (instances.AllowedTypes !== undefined && instances.ExcludedTypes !== undefined) {
    throw invalidResource(
      id,
      "Cannot specify 'InstanceRequirements.AllowedTypes' and 'InstanceRequirements.ExcludedTypes' together.",
    );
  }
  const { OperatorRole: given, KmsKeyArn: key, CapacityProviderName: name, Tags: tags } = properties;
  const role = make(
    `${id}OperatorRole`,
    "AWS::IAM::Role",
    {
      AssumeRolePolicyDocument: trustPolicy("lambda.amazonaws.com"),
      ManagedPolicyArns: [managedPolicyArn("AWSLambdaManagedEC2ResourceOperator", scope)],
      Tags: tagList({ ...CREATED_BY, ...(says(properties.PropagateTags) ? mapOf(tags) : {}) }),
    },
    shared,
  );
  const provider = makeInPlace(source, "AWS::Lambda::CapacityProvider", {
    CapacityProviderName: says(name) ? name : undefined,
    VpcConfig: compact({ SubnetIds, SecurityGroupIds }),
    PermissionsConfig: { CapacityProviderOperatorRoleArn: says(given) ? given : getAtt(role.id, "Arn") },
    Tags: tagList({ ...mapOf(tags), ...CREATED_BY }),
    InstanceRequirements: says(instances)
      ? compact({
          Architectures: instances.Architectures,
          AllowedInstanceTypes: instances.AllowedTypes,
          ExcludedInstanceTypes: instances.ExcludedTypes,
        })
      : undefined,
    CapacityProviderScalingConfig: says(properties.ScalingConfig)
      ? scaling(mapOf(properties.ScalingConfig))
      : undefined,
    KmsKeyArn: says(key) ? key : undefined,
  });
  return says(given) ? [provider] : [role, provider];
}

function scaling({ MaxVCpuCount, AverageCPUUtilization: utilization }: JsonObject): JsonObject {
  if (utilization === undefined) return compact({ MaxVCpuCount, ScalingMode: "Auto" });
  const metric = "LambdaCapacityProviderAverageCPUUtilization";
  return compact({
    MaxVCpuCount,
    ScalingMode: "Manual",
    ScalingPolicies: [{ PredefinedMetricType: metric, TargetValue: utilization }],
  });
}
