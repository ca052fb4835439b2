/** The data sources of GraphQL APIs: tables and functions, and the roles to use them. */
import type { Json } from "../../../kernel/resource.js";
import type { JsonObject } from "../../template/template.js";
import { connect } from "./connector.js";
import type { Expansion, Made, Source } from "./expansion.js";
import { apiIdOf, connectorOf, makePart } from "./graphql-part.js";
import { getAtt, ref, sub } from "./intrinsics.js";
import { compact, mapOf, says } from "./plain.js";
import { trustPolicy } from "./policy-documents.js";

interface DataSources {
  readonly made: Made[];
  /** What AppSync calls a data source, by what the document calls it. */
  readonly names: Map<string, Json>;
}

/** What differs between the kinds of data source. */
interface Kind {
  readonly suffix: string;
  readonly type: string;
  readonly config: (given: JsonObject) => JsonObject;
  readonly connector: string;
  readonly destination: (given: JsonObject) => JsonObject;
  readonly permissions: (given: JsonObject) => Json;
}

const KINDS: Readonly<Record<string, Kind>> = {
  DynamoDb: {
    suffix: "DynamoDBDataSource",
    type: "AMAZON_DYNAMODB",
    config: (given) => ({ DynamoDBConfig: tableConfig(given) }),
    connector: "ToTableConnector",
    destination: (given) => ({ Type: "AWS::DynamoDB::Table", Arn: tableArn(given) }),
    permissions: ({ Permissions }) => (says(Permissions) ? Permissions : ["Read", "Write"]),
  },
  Lambda: {
    suffix: "LambdaDataSource",
    type: "AWS_LAMBDA",
    config: ({ FunctionArn: arn = null }) => ({ LambdaConfig: { LambdaFunctionArn: arn } }),
    connector: "ToLambdaConnector",
    destination: ({ FunctionArn: arn = null }) => ({ Type: "AWS::Lambda::Function", Arn: arn }),
    permissions: () => ["Write"],
  },
};

/** Makes an API's data sources. @throws Mistake */
export function makeDataSources(source: Source, expansion: Expansion): DataSources {
  const result: DataSources = { made: [], names: new Map() };
  const all = mapOf(source.properties.DataSources);
  for (const [section, kind] of Object.entries(KINDS)) {
    for (const [name, value] of Object.entries(mapOf(all[section]))) {
      const given = mapOf(value);
      const id = source.id + name + kind.suffix;
      const role = says(given.ServiceRoleArn) ? undefined : makeRole(source, id);
      result.made.push(
        makePart(source, id, "AWS::AppSync::DataSource", {
          ApiId: apiIdOf(source),
          Name: says(given.Name) ? given.Name : name,
          Type: kind.type,
          Description: given.Description,
          ...kind.config(given),
          ServiceRoleArn: role ? getAtt(role.id, "Arn") : given.ServiceRoleArn,
        }),
      );
      result.names.set(name, getAtt(id, "Name"));
      if (!role) continue;
      const from = { Type: "AWS::AppSync::DataSource", Arn: getAtt(id, "DataSourceArn"), RoleName: ref(role.id) };
      const connector = connectorOf(id + kind.connector, kind.permissions(given));
      result.made.push(role, ...connect(connector, from, kind.destination(given), "", expansion));
    }
  }
  return result;
}

function makeRole(source: Source, dataSourceId: string): Made {
  const properties = { AssumeRolePolicyDocument: trustPolicy("appsync.amazonaws.com") };
  return makePart(source, `${dataSourceId}Role`, "AWS::IAM::Role", properties);
}

function tableConfig(given: JsonObject): JsonObject {
  const { Region, TableName, UseCallerCredentials: asCaller, Versioned: versioned, DeltaSync: sync } = given;
  return compact({
    AwsRegion: says(Region) ? Region : ref("AWS::Region"),
    TableName,
    UseCallerCredentials: says(asCaller) ? asCaller : undefined,
    Versioned: says(versioned) ? versioned : undefined,
    DeltaSyncConfig: says(sync) ? sync : undefined,
  });
}

function tableArn({ TableArn: arn, TableName: name, Region: region }: JsonObject): Json {
  if (says(arn)) return arn;
  const text = "arn:${AWS::Partition}:dynamodb:${__Region__}:${AWS::AccountId}:table/${__TableName__}";
  return sub(text, compact({ __TableName__: name, __Region__: says(region) ? region : ref("AWS::Region") }));
}
