/** DynamoDB's document client and converter of version 2. */
const { Client } = require("./client.js");
const { Request } = require("./request.js");

/** The sets of version 2, which are those of JavaScript in version 3. */
class DynamoDBSet {
  constructor(list) {
    this.wrapperName = "Set";
    this.values = [...list];
    const [first] = this.values;
    this.type = typeof first === "string" ? "String" : typeof first === "number" ? "Number" : "Binary";
  }

  toJSON() {
    return this.values;
  }
}

function mapSets(value, Kind, change) {
  if (value instanceof Kind) return change(value);
  if (Array.isArray(value)) return value.map((one) => mapSets(one, Kind, change));
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapSets(inner, Kind, change)]));
}
const outgoing = (value) => mapSets(value, DynamoDBSet, (set) => new Set(set.values));
const incoming = (value) => mapSets(value, Set, (set) => new DynamoDBSet(set));

const OPTIONS = { removeUndefinedValues: true, convertClassInstanceToMap: true };
const util = () => require("@aws-sdk/util-dynamodb");

const Converter = {
  input: (value) => util().convertToAttr(outgoing(value), OPTIONS),
  output: (value) => incoming(util().convertToNative(value)),
  marshall: (record) => util().marshall(outgoing(record), OPTIONS),
  unmarshall: (record) => incoming(util().unmarshall(record)),
};

class Documents extends Client {
  get sdk() {
    return require("@aws-sdk/lib-dynamodb");
  }

  make() {
    const { convertEmptyValues, service } = this.options;
    const tables = service?.api ?? new Client("DynamoDB", this.options);
    return this.sdk.DynamoDBDocumentClient.from(tables.client, { marshallOptions: { ...OPTIONS, convertEmptyValues } });
  }

  async send(operation, params) {
    return incoming(await super.send(operation, outgoing(params)));
  }
}

const OPERATIONS = [
  "batchGet",
  "batchWrite",
  "delete",
  "get",
  "put",
  "query",
  "scan",
  "transactGet",
  "transactWrite",
  "update",
];

class DocumentClient {
  constructor(options = {}) {
    this.documents = new Documents("DynamoDB", options);
  }

  createSet(list) {
    return new DynamoDBSet(list);
  }
}
for (const operation of OPERATIONS) {
  DocumentClient.prototype[operation] = function (params, callback) {
    return new Request(() => this.documents.send(operation, params), callback);
  };
}

module.exports = { Converter, DocumentClient };
