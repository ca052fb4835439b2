/** AWS::ApiGatewayV2::Stage */
import type { Properties } from "../../../kernel/resource.js";
import { boolean, map, mappedResource, object, text } from "./mapped.js";

/** A stage that deploys automatically has a deployment that no template has named. */
const toTemplate = ({ DeploymentId, ...model }: Properties): Properties =>
  model.AutoDeploy === true || DeploymentId === undefined ? model : { ...model, DeploymentId };

export default mappedResource({
  noun: "Stage",
  keys: ["ApiId", "StageName"],
  isNamed: true,
  tagPath: ({ ApiId, StageName }) => `/apis/${ApiId as string}/stages/${StageName as string}`,
  properties: {
    AccessLogSettings: object,
    AutoDeploy: boolean,
    ClientCertificateId: text,
    DefaultRouteSettings: { kind: "object", standard: { DetailedMetricsEnabled: false } },
    DeploymentId: text,
    Description: text,
    RouteSettings: map,
    StageVariables: map,
  },
  toTemplate,
});
