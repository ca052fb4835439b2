/** Keys of tables and indexes: what they look like, whether a value may be one, and how they are ordered. */
import { createHash, hash } from "node:crypto";
import type { Key } from "../../kernel/store.js";
import { attributeOf, type Item, textBytes, typeOf, type Value, validation } from "./attribute-value.js";
import { sortableNumber } from "./decimal.js";

export type KeyType = "S" | "N" | "B";
export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
}

/** The key attributes of a table or index. Global indexes may have several of both kinds. */
export interface KeySchema {
  readonly hash: readonly KeyAttribute[];
  readonly range: readonly KeyAttribute[];
}

const MAX_HASH_BYTES = 2048;
const MAX_RANGE_BYTES = 1024;

export const keyMismatch = () => validation("The provided key element does not match the schema");

/** All attributes of a key, the partition key's first. */
export function keyAttributes(schema: KeySchema): readonly KeyAttribute[] {
  return schema.range.length === 0 ? schema.hash : [...schema.hash, ...schema.range];
}

/** Text that sorts as values of a key's type do. */
export function sortableValue(value: Value): string {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return sortableNumber(value.N);
  return Buffer.from(value.B as Uint8Array).toString("hex");
}

/** Spreads partition keys evenly, and bounds their length. Forty hexadecimal digits. */
export function hashOf(values: readonly Value[]): string {
  const [only] = values;
  if (values.length === 1 && only?.S !== undefined) return hash("sha1", only.S, "hex");
  const digest = createHash("sha1");
  for (const value of values) digest.update(`${sortableValue(value)}\0`);
  return digest.digest("hex");
}

/** Where a row of a base table stands: partition, then sort key. */
export function rowKey(prefix: string, schema: KeySchema, item: Item): Key {
  const partition = hashOf(schema.hash.map(({ name }) => item[name] as Value));
  const [range] = schema.range;
  return range ? [prefix, partition, sortableValue(item[range.name] as Value)] : [prefix, partition];
}

const TIE_LENGTH = 256;

/**
 * Where an item stands in an index; `undefined` when it lacks a key attribute, and so is not in it. Items with equal keys
 * are told apart by what identifies them in the table.
 */
export function indexRowKey(prefix: string, schema: KeySchema, base: KeySchema, item: Item): Key | undefined {
  const partition: Value[] = [];
  for (const { name, type } of schema.hash) {
    const value = attributeOf(item, name);
    if (value?.[type] === undefined) return undefined;
    partition.push(value);
  }
  const key: string[] = [prefix, hashOf(partition)];
  for (const { name, type } of schema.range) {
    const value = attributeOf(item, name);
    if (value?.[type] === undefined) return undefined;
    key.push(sortableValue(value));
  }
  const [range] = base.range;
  if (range) key.push(sortableValue(item[range.name] as Value).slice(0, TIE_LENGTH));
  key.push(hashOf(keyAttributes(base).map(({ name }) => item[name] as Value)));
  return key;
}

/** The attributes of an item that are its key. */
export function keyOf(item: Item, schemas: readonly KeySchema[]): Item {
  const key: Record<string, Value> = {};
  for (const schema of schemas) {
    for (const { name } of keyAttributes(schema)) {
      const value = attributeOf(item, name);
      if (value) key[name] = value;
    }
  }
  return key;
}

/** Checks a `Key` parameter against a table's schema. @throws AwsError `ValidationException` */
export function checkKey(key: Item, schema: KeySchema): void {
  const attributes = keyAttributes(schema);
  if (Object.keys(key).length !== attributes.length) throw keyMismatch();
  for (const { name, type } of attributes) if (attributeOf(key, name)?.[type] === undefined) throw keyMismatch();
  checkKeySizes(key, schema);
}

/** Checks the key attributes of an item that is to be put. @throws AwsError `ValidationException` */
export function checkItemKey(item: Item, schema: KeySchema): void {
  for (const { name, type } of keyAttributes(schema)) {
    const value = attributeOf(item, name);
    if (!value) throw validation(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    if (value[type] === undefined) {
      throw validation(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${type} actual: ${typeOf(value)}`,
      );
    }
  }
  checkKeySizes(item, schema);
}

function checkKeySizes(item: Item, { hash: partition, range }: KeySchema): void {
  for (const { name } of partition) {
    if (keyBytes(name, item[name] as Value) > MAX_HASH_BYTES) {
      throw validation(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
      );
    }
  }
  for (const { name } of range) {
    if (keyBytes(name, item[name] as Value) > MAX_RANGE_BYTES) {
      throw validation(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
      );
    }
  }
}

function keyBytes(name: string, value: Value): number {
  if (value.N !== undefined) return 0;
  const bytes = value.S === undefined ? (value.B as Uint8Array).length : textBytes(value.S);
  if (bytes === 0) {
    const kind = value.S === undefined ? "binary" : "string";
    throw validation(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`,
    );
  }
  return bytes;
}

/** Checks the attributes of an item that an index uses as its key. @throws AwsError `ValidationException` */
export function checkIndexKey(item: Item, schema: KeySchema, index: string): void {
  for (const { name, type } of keyAttributes(schema)) {
    const value = attributeOf(item, name);
    if (!value) continue;
    if (value[type] === undefined) {
      throw validation(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${type} Actual: ${typeOf(value)} IndexName: ${index}`,
      );
    }
    if (value.S === "" || value.B?.length === 0) {
      const kind = value.S === "" ? "string" : "binary";
      throw validation(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${kind} value. IndexName: ${index}, IndexKey: ${name}`,
      );
    }
  }
}
