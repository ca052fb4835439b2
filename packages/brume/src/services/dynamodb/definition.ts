/** Checks the definitions of tables and indexes, in the order in which CreateTable does. */
import type {
  AttributeDefinition,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  WarmThroughput,
} from "@aws-sdk/client-dynamodb";
import { validation } from "./attribute-value.js";
import { checkMembers, INDEX_NAME } from "./constraints.js";
import type { IndexRow, MaxThroughput, Throughput } from "./table.js";

const MAX_LOCAL_INDEXES = 5;
const MAX_GLOBAL_INDEXES = 20;
const MAX_UNITS = 1_000_000_000_000;
const MAX_KEY_PARTS = 4;
const MAX_NON_KEY_ATTRIBUTES = 100;

const invalid = (message: string) => validation(`One or more parameter values were invalid: ${message}`);
const listed = (names: Iterable<string>) => `[${[...names].join(", ")}]`;

/** Checks the members of a key schema. @throws AwsError `ValidationException` */
export function checkKeyElements(elements: readonly KeySchemaElement[], parent: string, limit: number): void {
  checkMembers({ KeySchema: elements }, { KeySchema: { required: true, minLength: 1, maxLength: limit } }, parent);
  elements.forEach((element, i) => {
    checkMembers(
      element,
      {
        AttributeName: { required: true, minLength: 1, maxLength: 255 },
        KeyType: { required: true, oneOf: ["HASH", "RANGE"] },
      },
      `${parent}keySchema.${i + 1}.member.`,
    );
  });
}

/** Checks attribute definitions. @throws AwsError `ValidationException` */
export function checkAttributes(attributes: readonly AttributeDefinition[]): void {
  attributes.forEach((attribute, i) => {
    checkMembers(
      attribute,
      {
        AttributeName: { required: true, minLength: 1, maxLength: 255 },
        AttributeType: { required: true, oneOf: ["B", "N", "S"] },
      },
      `attributeDefinitions.${i + 1}.member.`,
    );
  });
  const names = attributes.map(({ AttributeName }) => AttributeName);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) {
    throw invalid(`Duplicate AttributeName in AttributeDefinitions: ${repeated}`);
  }
}

/** Checks a key schema against the attribute definitions. @throws AwsError `ValidationException` */
export function checkKeySchema(
  elements: readonly KeySchemaElement[],
  attributes: readonly AttributeDefinition[],
  compound = false,
): void {
  const defined = new Set(attributes.map(({ AttributeName }) => AttributeName as string));
  const names = elements.map(({ AttributeName }) => AttributeName as string);
  if (names.some((name) => !defined.has(name))) {
    throw invalid(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: ${listed(names)}, AttributeDefinitions: ${listed(defined)}`,
    );
  }
  if (new Set(names).size < names.length) {
    throw validation("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  }
  if (elements[0]?.KeyType !== "HASH") {
    throw validation("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  }
  if (!compound) {
    if (elements[1] && elements[1].KeyType !== "RANGE") {
      throw validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    }
    return;
  }
  const kinds = elements.map(({ KeyType }) => KeyType);
  const hashes = kinds.lastIndexOf("HASH") + 1;
  const ranges = kinds.length - hashes;
  if (kinds.slice(0, hashes).includes("RANGE") || hashes > MAX_KEY_PARTS || ranges > MAX_KEY_PARTS) {
    throw validation("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  }
}

/** Every attribute that is defined must be part of a key. @throws AwsError `ValidationException` */
export function checkAllAttributesUsed(
  attributes: readonly AttributeDefinition[],
  table: readonly KeySchemaElement[],
  indexes: readonly { keySchema: readonly KeySchemaElement[] }[],
): void {
  const used = new Set(
    [table, ...indexes.map(({ keySchema }) => keySchema)].flat().map(({ AttributeName }) => AttributeName),
  );
  if (used.size === attributes.length) return;
  if (indexes.length === 0) {
    throw invalid(
      "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions",
    );
  }
  throw invalid(
    `Some AttributeDefinitions are not used. AttributeDefinitions: ${listed(attributes.map(({ AttributeName }) => AttributeName as string))}, keys used: ${listed(used as Set<string>)}`,
  );
}

/** Checks and converts local indexes. @throws AwsError `ValidationException` */
export function localIndexRows(
  indexes: readonly LocalSecondaryIndex[] | undefined,
  table: readonly KeySchemaElement[],
  attributes: readonly AttributeDefinition[],
): IndexRow[] {
  if (!indexes) return [];
  if (indexes.length === 0) throw invalid("List of LocalSecondaryIndexes is empty");
  if (!table[1]) {
    throw invalid("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
  }
  const rows = indexes.map((index, i): IndexRow => {
    const parent = `localSecondaryIndexes.${i + 1}.member.`;
    const keySchema = checkedIndex(index, parent, 2);
    const name = index.IndexName as string;
    checkKeySchema(keySchema, attributes);
    if (keySchema.length < 2) throw invalid(`Index KeySchema does not have a range key for index: ${name}`);
    if (keySchema[0]?.AttributeName !== table[0]?.AttributeName) {
      throw invalid(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${name}. index hash key: ${keySchema[0]?.AttributeName}, table hash key: ${table[0]?.AttributeName}`,
      );
    }
    return { name, keySchema, projection: checkedProjection(index.Projection) };
  });
  checkDistinctNames(rows);
  if (rows.length > MAX_LOCAL_INDEXES) {
    throw invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  return rows;
}

/** Checks and converts a global index. @throws AwsError `ValidationException` */
export function globalIndexRow(
  index: GlobalSecondaryIndex,
  parent: string,
  attributes: readonly AttributeDefinition[],
  provisioned: boolean,
): IndexRow {
  const keySchema = checkedIndex(index, parent, 2 * MAX_KEY_PARTS);
  const name = index.IndexName as string;
  checkKeySchema(keySchema, attributes, true);
  const { ProvisionedThroughput: throughput } = index;
  if (provisioned && !throughput) {
    throw invalid(`ProvisionedThroughput is not specified for index: ${name}`);
  }
  if (!provisioned && throughput) {
    throw invalid(
      `ProvisionedThroughput should not be specified for index: ${name} when BillingMode is PAY_PER_REQUEST`,
    );
  }
  return {
    name,
    keySchema,
    projection: checkedProjection(index.Projection),
    ...(throughput ? { throughput: throughputOf(throughput, `${parent}provisionedThroughput.`) } : {}),
    ...(index.OnDemandThroughput ? { onDemand: onDemandOf(index.OnDemandThroughput) } : {}),
    ...(index.WarmThroughput ? { warm: warmOf(index.WarmThroughput) } : {}),
  };
}

/** Checks and converts the global indexes of a new table. @throws AwsError `ValidationException` */
export function globalIndexRows(
  indexes: readonly GlobalSecondaryIndex[] | undefined,
  attributes: readonly AttributeDefinition[],
  provisioned: boolean,
): IndexRow[] {
  if (!indexes) return [];
  if (indexes.length === 0) throw invalid("List of GlobalSecondaryIndexes is empty");
  const rows = indexes.map((index, i) =>
    globalIndexRow(index, `globalSecondaryIndexes.${i + 1}.member.`, attributes, provisioned),
  );
  checkGlobalIndexes(rows);
  return rows;
}

/** @throws AwsError when there are too many, or two of the same name */
export function checkGlobalIndexes(rows: readonly IndexRow[]): void {
  checkDistinctNames(rows);
  if (rows.length > MAX_GLOBAL_INDEXES) {
    throw invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
}

function checkedIndex(
  index: LocalSecondaryIndex | GlobalSecondaryIndex,
  parent: string,
  limit: number,
): KeySchemaElement[] {
  checkMembers(
    index,
    { IndexName: { ...INDEX_NAME, required: true }, KeySchema: { required: true }, Projection: { required: true } },
    parent,
  );
  const keySchema = index.KeySchema ?? [];
  checkKeyElements(keySchema, parent, limit);
  return keySchema;
}

function checkedProjection(projection: Projection | undefined): Projection {
  const { ProjectionType: type, NonKeyAttributes: names } = projection ?? {};
  if (type === undefined) throw invalid("Unknown ProjectionType: null");
  if (!["ALL", "KEYS_ONLY", "INCLUDE"].includes(type)) throw invalid(`Unknown ProjectionType: ${type}`);
  if (type === "INCLUDE" && !names) {
    throw invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  }
  if (type !== "INCLUDE" && names) throw invalid(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  if (names && names.length > MAX_NON_KEY_ATTRIBUTES) {
    throw invalid("NonKeyAttributes count exceeds the per-index limit of 100");
  }
  return { ProjectionType: type, ...(names ? { NonKeyAttributes: names } : {}) };
}

function checkDistinctNames(rows: readonly IndexRow[]): void {
  const names = rows.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) throw invalid(`Duplicate index name: ${repeated}`);
}

/** Checks and converts provisioned throughput. @throws AwsError `ValidationException` */
export function throughputOf(given: ProvisionedThroughput, parent = "provisionedThroughput."): Throughput {
  checkMembers(
    given,
    { WriteCapacityUnits: { required: true, min: 1 }, ReadCapacityUnits: { required: true, min: 1 } },
    parent,
  );
  for (const name of ["ReadCapacityUnits", "WriteCapacityUnits"] as const) {
    if ((given[name] as number) > MAX_UNITS)
      throw validation(`Given value ${given[name]} for ${name} is out of bounds`);
  }
  return { read: given.ReadCapacityUnits as number, write: given.WriteCapacityUnits as number };
}

const NO_LIMIT = -1;

/** The most that a table or index on demand is to use; `before`, where only a part is given. */
export function onDemandOf(given: OnDemandThroughput, before: MaxThroughput = {}): MaxThroughput | undefined {
  const { MaxReadRequestUnits: read = before.read, MaxWriteRequestUnits: write = before.write } = given;
  const limits = {
    ...(read === undefined || read === NO_LIMIT ? {} : { read }),
    ...(write === undefined || write === NO_LIMIT ? {} : { write }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

export function warmOf(given: WarmThroughput): MaxThroughput {
  return {
    ...(given.ReadUnitsPerSecond === undefined ? {} : { read: given.ReadUnitsPerSecond }),
    ...(given.WriteUnitsPerSecond === undefined ? {} : { write: given.WriteUnitsPerSecond }),
  };
}
