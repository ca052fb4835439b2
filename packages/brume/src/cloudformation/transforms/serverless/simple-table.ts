/** `AWS::Serverless::SimpleTable`: a DynamoDB table with one key. */
import { expectGiven, invalidResource } from "./errors.js";
import { type Made, makeInPlace, type Source } from "./expansion.js";
import { mapOf, pick, says, tagList } from "./plain.js";

const KEY_TYPES: Readonly<Record<string, string>> = { String: "S", Number: "N", Binary: "B" };

/** Expands a table. @throws Mistake */
export function expandSimpleTable(source: Source): Made[] {
  const { properties } = source;
  const key = keyOf(source);
  const { ProvisionedThroughput: throughput, Tags: tags } = properties;
  const optional = pick(properties, ["PointInTimeRecoverySpecification", "SSESpecification", "TableName"]);
  return [
    makeInPlace(source, "AWS::DynamoDB::Table", {
      AttributeDefinitions: [key],
      KeySchema: [{ AttributeName: key.AttributeName, KeyType: "HASH" }],
      ...(says(throughput) ? { ProvisionedThroughput: throughput } : { BillingMode: "PAY_PER_REQUEST" }),
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => says(value))),
      Tags: says(tags) ? tagList(tags) : undefined,
    }),
  ];
}

function keyOf({ id, properties }: Source) {
  const { PrimaryKey: key } = properties;
  if (!says(key)) return { AttributeName: "id", AttributeType: "S" };
  const { Name, Type } = mapOf(key);
  const name = expectGiven(Name, { id, path: "PrimaryKey.Name" });
  const type = String(expectGiven(Type, { id, path: "PrimaryKey.Type" }));
  const converted = KEY_TYPES[type];
  if (converted === undefined) throw invalidResource(id, `Invalid 'Type' "${type}".`);
  return { AttributeName: name, AttributeType: converted };
}
